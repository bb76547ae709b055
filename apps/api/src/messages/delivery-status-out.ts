import type { DeliveryStatusFields } from '@signpost/contracts';
import { deliveryStatus } from '@signpost/domain';
import type { LoggedDelivery } from '@signpost/ports';

/** How a delivery stands, in the peer's words and in ours. */
export function deliveryStatusOut(delivery: LoggedDelivery): DeliveryStatusFields {
  return {
    ...wordsFor(delivery),
    state: delivery.state,
    ...(delivery.deadLetterReason === undefined ? {} : { deadLetterReason: delivery.deadLetterReason }),
    nextAttempt: delivery.nextAttemptAt?.toISOString() ?? null,
  };
}

function wordsFor({ state }: LoggedDelivery): Pick<DeliveryStatusFields, 'status' | 'statusText'> {
  switch (deliveryStatus(state)) {
    case 'success':
      return { status: 0, statusText: 'success' };
    case 'pending':
      return { status: 1, statusText: 'pending' };
    // The peer has no word for what was given up without a failure.
    case 'fail':
    case 'canceled':
      return { status: 2, statusText: 'fail' };
    case 'sending':
      return { status: 3, statusText: 'sending' };
  }
}
