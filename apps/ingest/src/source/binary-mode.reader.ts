import { isUtf8 } from 'node:buffer';
import { areChannels, isEventType, isForeignId, isJsonObject } from '@signpost/domain';
import { headerText } from '@signpost/contracts';
import type { IncomingRecord } from '@signpost/ports';
import { SourceEventError, type SourceEvent, type SourceReader } from './source-event.js';

/** CloudEvents 1.0 in binary mode (Kafka protocol binding §3.2): attributes as headers, the payload as the value. */
export class BinaryModeReader implements SourceReader {
  knows(record: IncomingRecord): boolean {
    return headerText(record.headers, 'ce_specversion') !== undefined;
  }

  read({ headers, value }: IncomingRecord): SourceEvent {
    const text = (name: string): string | undefined => headerText(headers, name);
    const version = text('ce_specversion');
    if (version !== '1.0') throw invalid(`ce_specversion is "${String(version)}"; this reads CloudEvents 1.0`);
    const eventType = text('ce_type') ?? '';
    if (!isEventType(eventType)) {
      throw new SourceEventError(
        'event_type_invalid',
        `ce_type is "${eventType.slice(0, 300)}"; an event type has 1 to 256 letters, digits, dashes, underscores or full stops`,
      );
    }
    const conversationId = text('ce_conversation');
    if (conversationId !== undefined && !isForeignId(conversationId)) {
      throw invalid('ce_conversation has to have 1 to 256 characters without control characters');
    }
    const channels = channelsOf(text('ce_channels'));
    return {
      eventId: foreignId('ce_id', text('ce_id')),
      source: foreignId('ce_source', text('ce_source')),
      application: foreignId('ce_application', text('ce_application')),
      eventType,
      ...jsonObject(value),
      ...(conversationId === undefined ? {} : { conversationId }),
      ...(channels === undefined ? {} : { channels }),
    };
  }
}

function foreignId(header: string, text: string | undefined): string {
  if (text === undefined) throw invalid(`the header ${header} is missing; send it with every event`);
  if (!isForeignId(text)) throw invalid(`${header} has to have 1 to 256 characters without control characters`);
  return text;
}

/** As a JSON list, or with commas between. */
function channelsOf(text: string | undefined): readonly string[] | undefined {
  if (text === undefined || text === '') return undefined;
  const list = text.startsWith('[') ? jsonOf(text) : text.split(',').map((channel) => channel.trim());
  if (isList(list) && areChannels(list)) return list;
  throw invalid(
    'ce_channels has to name 1 to 5 different channels of letters, digits, dashes, underscores or full stops',
  );
}

function jsonObject(value: Buffer | null): Pick<SourceEvent, 'payload' | 'json'> {
  if (value === null || value.length === 0) {
    throw new SourceEventError('payload_missing', 'the record has no value; the payload is sent as the value');
  }
  const parsed = isUtf8(value) ? jsonOf(value.toString('utf8')) : undefined;
  if (parsed === undefined) {
    throw new SourceEventError(
      'payload_not_json',
      'the value is not JSON in UTF-8; send the payload as one JSON object',
    );
  }
  if (!isJsonObject(parsed)) {
    throw new SourceEventError(
      'payload_not_object',
      'the value is JSON, but no object; send the payload as one JSON object',
    );
  }
  return { payload: value, json: parsed };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** Array.isArray would make its elements `any`. */
function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

const invalid = (reason: string): SourceEventError => new SourceEventError('cloudevent_invalid', reason);
