import type { IntakeRates } from '@signpost/domain';
import { parseJson, UnreadableRecordError } from './unreadable.js';

/** A record of `quotas`: what one ingest process takes in. Its newest says all that is true of the process. */
export interface QuotaReport {
  /** Names the process for as long as it runs. */
  readonly process: string;
  /** Messages a second by application. */
  readonly rates: IntakeRates;
}

export function quotaRecord({ process, rates }: QuotaReport): { readonly key: string; readonly value: Buffer } {
  return { key: process, value: Buffer.from(JSON.stringify({ rates: Object.fromEntries(rates) })) };
}

/** @throws UnreadableRecordError when it names no process or no rates */
export function readQuotaReport(record: { readonly key: Buffer | null; readonly value: Buffer | null }): QuotaReport {
  const process = record.key?.toString('utf8') ?? '';
  const value = record.value === null ? undefined : parseJson(record.value, 'a quota report');
  const rates = typeof value === 'object' && value !== null && 'rates' in value ? value.rates : undefined;
  if (process === '' || typeof rates !== 'object' || rates === null)
    throw new UnreadableRecordError('a quota report names no process or no rates');
  const known = Object.entries(rates).filter((entry): entry is [string, number] => isRate(entry[1]));
  return { process, rates: new Map(known) };
}

const isRate = (value: unknown): value is number => typeof value === 'number' && value >= 0;
