import { integer, record, text } from '../schema.js';

/** Whose endpoint it is. Names are those of the API that the control plane speaks. */
export const OWNER = { appId: text("The application's id."), endpointId: text("The endpoint's id.") } as const;
export const OWNER_UIDS = {
  appUid: text("The application's uid, if it has one."),
  endpointUid: text("The endpoint's uid, if it has one."),
} as const;

export const LAST_FAILURE = record(
  'What went wrong last.',
  { reason: text('http:503, timeout:total, blocked-address, …') },
  { status: integer('What the receiver answered; absent: nothing.', 100, 999) },
);
