import { describe, expect, it } from '@jest/globals';
import { quotaRecord, readQuotaReport } from './quota-record.js';
import { UnreadableRecordError } from './unreadable.js';

const read = (value: string | null, key: string | null = 'p'): unknown =>
  readQuotaReport({ key: key === null ? null : Buffer.from(key), value: value === null ? null : Buffer.from(value) });

describe('a quota report', () => {
  it('is read as it was written', () => {
    const report = { process: 'p', rates: new Map([['app_1', 12.5]]) };
    const { key, value } = quotaRecord(report);
    expect(readQuotaReport({ key: Buffer.from(key), value })).toEqual(report);
  });

  it.each([
    [null, 'p'],
    ['{', 'p'],
    ['{}', 'p'],
    ['{"rates":null}', 'p'],
    ['{"rates":{}}', null],
  ])('%s of %s is none', (value, key) => {
    expect(() => read(value, key)).toThrow(UnreadableRecordError);
  });

  it('leaves out what is no rate', () => {
    expect(read('{"rates":{"a":1,"b":"2","c":-1}}')).toEqual({ process: 'p', rates: new Map([['a', 1]]) });
  });
});
