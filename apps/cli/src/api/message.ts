import type { EndpointMessageOut, MessageOut } from '@signpost/contracts';
import type * as z from 'zod';

export type Message = z.output<typeof MessageOut>;
/** A message as one endpoint was sent it. */
export type EndpointMessage = z.output<typeof EndpointMessageOut>;
