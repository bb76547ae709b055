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
  for (const note of notes) output.note(`${output.paintError('yellow', 'note:')} ${note.text}`);
}
