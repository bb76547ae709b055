import type { RecoveryPreviewOut } from '@signpost/contracts';
import type { Context } from '../../context.js';

/** What a recovery would do. */
export function printPreview({ output }: Context, preview: RecoveryPreviewOut): void {
  if (output.isJson) {
    output.json(preview);
    return;
  }
  const { count, histogram, samples, notes } = preview;
  const isRejected = histogram.some(({ topic }) => topic !== undefined);
  const noun = isRejected ? 'rejected records' : 'deliveries';
  output.line(count === null ? 'It was not counted how many.' : `${count.toLocaleString('en')} ${noun}.`);
  if (histogram.length > 0) {
    output.heading(isRejected ? 'By topic and code' : 'By endpoint and reason');
    output.table(
      histogram,
      [
        {
          title: isRejected ? 'topic' : 'endpoint',
          of: ({ endpointId, topic }) => topic ?? endpointId ?? '',
          isWhole: true,
        },
        { title: 'reason', of: ({ reason }) => reason },
        { title: 'count', of: (row) => row.count.toLocaleString('en'), isRight: true },
      ],
      '',
    );
  }
  if (samples.length > 0) {
    output.heading('Among them');
    output.table(
      samples,
      [
        { title: 'delivery', of: ({ deliveryId }) => deliveryId, isWhole: true },
        { title: 'event type', of: ({ eventType }) => eventType },
        { title: 'reason', of: ({ reason }) => reason ?? '' },
        { title: 'attempts', of: ({ attempts }) => attempts, isRight: true },
      ],
      '',
    );
  }
  for (const { text, recoveryIds = [] } of notes) {
    const which = recoveryIds.length === 0 ? '' : ` They are ${recoveryIds.join(', ')}.`;
    output.note(`${output.paintError('yellow', 'note:')} ${inOptions(text)}${which}`);
  }
}

/** Notes name the fields of a request; a person at a terminal gives options. */
const OPTIONS: readonly (readonly [field: string, option: string])[] = [
  ['"onlyWhileHealthy": true', '--only-while-healthy'],
  ['"everything": true', '--all'],
];

const inOptions = (text: string): string =>
  OPTIONS.reduce((shown, [field, option]) => shown.replaceAll(field, option), text);
