import { celList, celMap, type CelInput, type CelValue } from '@bufbuild/cel';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { isJsonObject } from '../intake/event-rules.js';

/** A message as filters look at it. */
export interface FilteredMessage {
  readonly id: string;
  readonly eventId?: string;
  readonly eventType: string;
  readonly channels?: readonly string[];
  readonly conversationId?: string;
  /** Milliseconds since 1970. */
  readonly acceptedAtMs: number;
  readonly payload: Buffer;
}

/** What a filter may name: everything else is a slip of the pen. */
export const FILTER_FIELDS = ['id', 'type', 'time', 'channels', 'conversation', 'data', 'payload'] as const;
type FilterField = (typeof FILTER_FIELDS)[number];

export type JsonSubject = Readonly<Partial<Record<FilterField, unknown>>>;
export type CelSubject = Readonly<Record<string, CelInput>>;

/** Deeper payloads are no conversation's: CEL's values are made by functions that call themselves. */
const DEEPEST_FOR_CEL = 64;

/** What filters see of one message. The payload is parsed once at most, and only when it is asked for. */
export class FilterSubject {
  private parsed: { readonly json: JsonSubject | undefined } | undefined;
  private converted: { readonly cel: CelSubject | undefined } | undefined;

  constructor(private readonly message: FilteredMessage) {}

  /** Undefined: the payload is no JSON. */
  get json(): JsonSubject | undefined {
    this.parsed ??= { json: jsonSubject(this.message) };
    return this.parsed.json;
  }

  /** Undefined: the payload is no JSON, or nested too deeply. */
  get cel(): CelSubject | undefined {
    this.converted ??= { cel: this.json && celSubject(this.json, this.message) };
    return this.converted.cel;
  }
}

function jsonSubject(message: FilteredMessage): JsonSubject | undefined {
  const { id, eventId, eventType, channels = [], conversationId, acceptedAtMs } = message;
  let payload: unknown;
  try {
    payload = JSON.parse(message.payload.toString('utf8'));
  } catch {
    return undefined;
  }
  return {
    id: eventId ?? id,
    type: eventType,
    time: new Date(acceptedAtMs).toISOString(),
    channels,
    ...(conversationId === undefined ? {} : { conversation: conversationId }),
    payload,
    // The form of Standard Webhooks has it in `data`; what is sent in another form is all of it data.
    data: isJsonObject(payload) && Object.hasOwn(payload, 'data') ? payload['data'] : payload,
  };
}

function celSubject({ payload, data }: JsonSubject, message: FilteredMessage): CelSubject | undefined {
  const { id, eventId, eventType, channels = [], conversationId = '', acceptedAtMs } = message;
  const whole = celValue(payload, 0);
  if (whole === undefined) return undefined;
  return {
    id: eventId ?? id,
    type: eventType,
    time: timestampFromMs(acceptedAtMs),
    channels: celList(channels),
    conversation: conversationId,
    payload: whole,
    data: data === payload ? whole : (celValue(data, 0) ?? null),
  };
}

/** As lists and maps of CEL's own, so that looking into them copies nothing. */
function celValue(value: unknown, depth: number): CelValue | undefined {
  if (depth > DEEPEST_FOR_CEL) return undefined;
  if (Array.isArray(value)) {
    const items = value.map((item) => celValue(item, depth + 1));
    return items.every((item) => item !== undefined) ? celList(items) : undefined;
  }
  if (!isJsonObject(value)) return value as string | number | boolean | null;
  const members = new Map<string, CelValue>();
  for (const [name, member] of Object.entries(value)) {
    const converted = celValue(member, depth + 1);
    if (converted === undefined) return undefined;
    members.set(name, converted);
  }
  return celMap(members);
}
