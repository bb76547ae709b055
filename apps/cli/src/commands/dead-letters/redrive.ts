import type { Context } from '../../context.js';
import { begin, selectionOf } from '../recovery/begin.js';
import type { RedriveGiven } from './specification.js';

export async function redrive(context: Context, given: RedriveGiven): Promise<void> {
  await begin(context, { ...given, kind: 'redrive', select: await selectionOf(context, given) });
}
