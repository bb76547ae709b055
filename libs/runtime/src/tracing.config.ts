import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import type { TracingOptions } from '@signpost/observability';
import { readSettings } from './config.js';

const Url = z.url({ protocol: /^https?$/, error: 'is the URL of an OTLP collector, as http://127.0.0.1:4318' });
// Keys in a URL would end up in every log that names it; headers are for them.
const Collector = Url.refine((url) => new URL(url).username === '' && new URL(url).password === '', {
  error: 'holds no user and no password; use OTEL_EXPORTER_OTLP_HEADERS',
}).optional();

/** `key=value` by commas, percent-encoded, as OpenTelemetry writes lists in variables. */
const Pairs = z
  .string()
  .default('')
  .transform((list, context) => {
    const pairs = list.split(',').flatMap((item) => (item.trim() === '' ? [] : [item.trim()]));
    const read = pairs.map(pairOf);
    if (read.every((pair) => pair !== undefined)) return Object.fromEntries(read);
    // The value is not repeated: it may be a key.
    context.addIssue({ code: 'custom', message: 'is a list of key=value by commas, percent-encoded' });
    return z.NEVER;
  });

const Settings = z.object({
  OTEL_EXPORTER_OTLP_ENDPOINT: Collector,
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: Collector,
  OTEL_EXPORTER_OTLP_PROTOCOL: z
    .literal('http/protobuf', { error: 'is http/protobuf: Signpost speaks no other' })
    .optional(),
  OTEL_EXPORTER_OTLP_HEADERS: Pairs,
  OTEL_EXPORTER_OTLP_TIMEOUT: z.coerce.number().int().min(100).max(60_000).default(10_000),
  OTEL_SDK_DISABLED: z.stringbool().default(false),
  OTEL_TRACES_SAMPLER: z
    .literal('parentbased_traceidratio', {
      error: 'is parentbased_traceidratio: Signpost has no other; set the share by OTEL_TRACES_SAMPLER_ARG',
    })
    .optional(),
  OTEL_TRACES_SAMPLER_ARG: z.coerce.number().min(0).max(1).default(0.01),
  OTEL_BSP_MAX_QUEUE_SIZE: z.coerce.number().int().min(1).max(1_000_000).default(8_192),
  OTEL_BSP_SCHEDULE_DELAY: z.coerce.number().int().min(10).max(60_000).default(5_000),
  OTEL_BSP_MAX_EXPORT_BATCH_SIZE: z.coerce.number().int().min(1).max(10_000).default(512),
  OTEL_SERVICE_NAME: z.string().optional(),
  OTEL_RESOURCE_ATTRIBUTES: Pairs,
});

/** Undefined: no collector is named, so nothing is traced. */
export function loadTracingOptions(env: NodeJS.ProcessEnv): TracingOptions | undefined {
  const settings = readSettings('traces', Settings, env);
  const base = settings.OTEL_EXPORTER_OTLP_ENDPOINT;
  const url = settings.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? (base && `${base.replace(/\/+$/, '')}/v1/traces`);
  if (url === undefined || settings.OTEL_SDK_DISABLED) return undefined;
  return {
    url,
    headers: settings.OTEL_EXPORTER_OTLP_HEADERS,
    timeoutMs: settings.OTEL_EXPORTER_OTLP_TIMEOUT,
    sampleRatio: settings.OTEL_TRACES_SAMPLER_ARG,
    queue: settings.OTEL_BSP_MAX_QUEUE_SIZE,
    delayMs: settings.OTEL_BSP_SCHEDULE_DELAY,
    batch: settings.OTEL_BSP_MAX_EXPORT_BATCH_SIZE,
    resource: {
      'service.instance.id': randomUUID(),
      ...settings.OTEL_RESOURCE_ATTRIBUTES,
      'service.name': settings.OTEL_SERVICE_NAME ?? settings.OTEL_RESOURCE_ATTRIBUTES['service.name'] ?? serviceOf(env),
    },
  };
}

/** A process of one role by that; one of several by the product. */
function serviceOf({ SIGNPOST_SERVICE: roles = '' }: NodeJS.ProcessEnv): string {
  return roles === '' || roles.includes(',') ? 'signpost' : `signpost-${roles}`;
}

function pairOf(item: string): readonly [string, string] | undefined {
  const [, key, value] = /^([^=\s]+)\s*=\s*(.*)$/.exec(item) ?? [];
  if (key === undefined || value === undefined) return undefined;
  try {
    return [decodeURIComponent(key), decodeURIComponent(value)];
  } catch {
    return undefined;
  }
}
