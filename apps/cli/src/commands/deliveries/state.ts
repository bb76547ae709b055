import type { DeliveryStatusFields } from '@signpost/contracts';
import type { Colour } from '../../output/colours.js';

export function stateColour({ state }: Pick<DeliveryStatusFields, 'state'>): Colour | undefined {
  switch (state) {
    case 'delivered':
      return 'green';
    case 'dead-lettered':
      return 'red';
    case 'waiting':
    case 'parked':
      return 'yellow';
    case 'pending':
    case 'expired':
    case 'superseded':
    case 'declined':
    case 'cancelled':
      return undefined;
  }
}
