import type { ViolationOut } from '@signpost/contracts';
import { differenceOfMessages, differencesOfRuns, MEANING, type Violation } from '@signpost/domain';
import type { NamedMessage, NamedRun, SuspectMessage, SuspectRun } from '@signpost/ports';

/** What breaks the account, and by which kind. */
export type Found =
  | { readonly kind: Violation; readonly message: NamedMessage }
  | { readonly kind: Violation; readonly message: NamedRun; readonly run: NamedRun };

/** Of a window that is closed. */
export function violationsIn(suspects: {
  readonly messages: readonly SuspectMessage[];
  readonly runs: readonly SuspectRun[];
}): readonly Found[] {
  const ofMessages = suspects.messages.flatMap((message): Found[] => {
    const kind = differenceOfMessages(message, true);
    return kind === undefined ? [] : [{ kind, message }];
  });
  const ofRuns = suspects.runs.flatMap((run) =>
    differencesOfRuns(run, true).map((kind): Found => ({ kind, message: run, run })),
  );
  return [...ofMessages, ...ofRuns];
}

export const neverRecorded = (message: NamedMessage): Found => ({ kind: 'never-recorded', message });

/** The same again in another look. */
export function keyOf(found: Found): string {
  const { kind, message } = found;
  return 'run' in found ? `${kind} ${found.run.deliveryId} ${String(found.run.redelivery)}` : `${kind} ${message.id}`;
}

export function violationOut(found: Found): ViolationOut {
  const { kind, message } = found;
  const of = { kind, appId: message.applicationId, msgId: message.id, text: MEANING[kind] };
  if (!('run' in found)) return { ...of, id: message.id };
  const { deliveryId, endpointId, redelivery } = found.run;
  return { ...of, id: deliveryId, endpointId, ...(redelivery === 0 ? {} : { redelivery }) };
}
