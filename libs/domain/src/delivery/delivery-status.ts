import type { Fate } from './decision.js';

/** Where a delivery is, or how it ended. */
export type DeliveryState = 'pending' | 'waiting' | 'parked' | Fate;

/**
 * How a delivery stands, in the few words that lists and counts know: `sending` is on its way to its endpoint,
 * `pending` waits for its next attempt or is parked, `canceled` ended without an arrival and without a failure.
 */
export type DeliveryStatus = 'success' | 'pending' | 'fail' | 'sending' | 'canceled';

export function deliveryStatus(state: DeliveryState): DeliveryStatus {
  switch (state) {
    case 'delivered':
      return 'success';
    case 'waiting':
    case 'parked':
      return 'pending';
    case 'pending':
      return 'sending';
    case 'dead-lettered':
    case 'expired':
      return 'fail';
    case 'cancelled':
    case 'superseded':
    case 'declined':
      return 'canceled';
  }
}
