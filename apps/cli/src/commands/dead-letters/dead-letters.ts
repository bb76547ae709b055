import type { DeadLetterOut } from '@signpost/contracts';
import { inPath } from '../../api/client.js';
import { listStart } from '../../api/pages.js';
import type { Context } from '../../context.js';
import { UsageError } from '../../errors.js';
import { shownTime } from '../../output/durations.js';
import { DEAD_LETTER_PATH, filterOf } from './filter.js';
import type { ListGiven, OneGiven } from './specification.js';

export async function listDeadLetters(context: Context, given: ListGiven): Promise<void> {
  const query = await filterOf(context, given);
  const start = await listStart<DeadLetterOut>(await context.client(), DEAD_LETTER_PATH, query, given.limit);
  context.output.list(
    start,
    [
      { title: 'delivery', of: ({ id }) => id, isWhole: true },
      { title: 'endpoint', of: ({ endpointId }) => endpointId },
      { title: 'event type', of: ({ eventType }) => eventType },
      { title: 'reason', of: ({ reason }) => reason, colour: () => 'red' },
      { title: 'fault', of: ({ reasonClass }) => reasonClass },
      { title: 'last', of: ({ lastStatus, lastFailure }) => lastStatus ?? lastFailure ?? '' },
      { title: 'attempts', of: ({ attempts }) => attempts, isRight: true },
      { title: 'redrives', of: ({ redrives }) => redrives, isRight: true },
      { title: 'died', of: ({ deadAt }) => shownTime(deadAt) },
    ],
    'No dead letter fits.',
  );
}

export async function showDeadLetter(context: Context, { delivery }: OneGiven): Promise<void> {
  if (delivery.startsWith('msg_')) {
    throw new UsageError(
      `${delivery} is the id of a message, and a dead letter goes by that of its delivery (dlv_…)`,
      `signpost dlq ls --messages ${delivery} lists its dead letters.`,
    );
  }
  const found = await (await context.client()).get<DeadLetterOut>(`${DEAD_LETTER_PATH}/${inPath(delivery)}`);
  const { output } = context;
  if (output.isJson) {
    output.json(found);
    return;
  }
  const { origin, position } = found;
  output.fields([
    ['delivery', found.id],
    ['message', found.msgId],
    ['application', found.appId],
    ['endpoint', found.endpointId],
    ['event type', found.eventType],
    ['state', found.state],
    ['reason', found.reason],
    ['fault', found.reasonClass],
    ['last failure', found.lastFailure ?? undefined],
    ['last status', found.lastStatus ?? undefined],
    ['attempts', found.attempts],
    ['first failure', shownTime(found.firstFailureAt)],
    ['last failure at', shownTime(found.lastFailureAt)],
    ['died', shownTime(found.deadAt)],
    ['redrives', found.redrives],
    ['origin', `${origin.topic}:${String(origin.partition)}:${String(origin.offset)}`],
    ['dead letter at', `${String(position.partition)}:${String(position.offset)}`],
  ]);
  output.note(
    found.state === 'dead'
      ? `signpost dlq redrive --deliveries ${found.id} --why … sends it again.`
      : `It was asked for again, or has arrived all the same: signpost explain ${found.id} says how it stands.`,
  );
}
