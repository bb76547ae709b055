import { Injectable } from '@nestjs/common';
import {
  coordinatesText,
  readRejection,
  TOPICS,
  withoutOurs,
  type RecordHeaders,
  type SourceCoordinates,
} from '@signpost/contracts';
import { TopicScanner, type IncomingRecord, type LetterPosition } from '@signpost/ports';

type Content = Pick<IncomingRecord, 'value' | 'headers'>;

/** Reads rejected records where they lie. */
@Injectable()
export class RejectedRecords {
  constructor(private readonly scanner: TopicScanner) {}

  /** With its own headers alone; undefined once the topic has forgotten it, or has another in its place. */
  async read(position: LetterPosition, source: SourceCoordinates): Promise<Content | undefined> {
    return (await this.readAll([{ position, source }]))[0];
  }

  /** In the order of what is asked. */
  async readAll(
    asked: readonly { readonly position: LetterPosition; readonly source: SourceCoordinates }[],
  ): Promise<readonly (Content | undefined)[]> {
    const found = new Map<string, Content>();
    const logs = new Map((await this.scanner.bounds(TOPICS.rejected)).map((log) => [log.partition, log]));
    for (const { position, source } of asked) {
      const log = logs.get(position.partition);
      if (log === undefined || position.offset < log.first || position.offset >= log.end) continue;
      const bounds = { partition: position.partition, first: position.offset, end: position.offset + 1 };
      await this.scanner.scan(TOPICS.rejected, [bounds], async ({ records }) => {
        const [record] = records;
        if (record !== undefined && isOf(record.headers, source)) found.set(coordinatesText(source), contentOf(record));
      });
    }
    return asked.map(({ source }) => found.get(coordinatesText(source)));
  }
}

function isOf(headers: RecordHeaders, source: SourceCoordinates): boolean {
  const rejection = readRejection(headers);
  return rejection !== undefined && coordinatesText(rejection.source) === coordinatesText(source);
}

/** A copy: the record is a window on all that was fetched with it. Of a name that came twice the first value counts. */
function contentOf({ value, headers }: IncomingRecord): Content {
  const own = Object.entries(withoutOurs(headers)).map(([name, values]) => {
    const [first = ''] = [values].flat();
    return [name, Buffer.isBuffer(first) ? Buffer.from(first) : first] as const;
  });
  return { value: value === null ? null : Buffer.from(value), headers: Object.fromEntries(own) };
}
