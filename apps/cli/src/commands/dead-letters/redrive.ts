import type { Context } from '../../context.js';
import { begin, selectionOf } from '../recovery/begin.js';
import type { RedriveGiven } from './specification.js';

export async function redrive(context: Context, given: RedriveGiven): Promise<void> {
  const { since, until, acceptedSince, acceptedUntil } = given;
  const times = { since: acceptedSince, until: acceptedUntil, deadSince: since, deadUntil: until };
  await begin(context, { ...given, kind: 'redrive', select: await selectionOf(context, { ...given, ...times }) });
}
