import type { Log } from '../logger.js';
import type { Metrics } from '../metrics/metrics.js';
import { ExportingTracing, type ExportingOptions } from './exporting-tracing.js';
import type { CollectorOptions } from './otlp-exporter.js';
import { NoTracing, type Tracing } from './tracing.js';

export type TracingOptions = ExportingOptions & CollectorOptions;

/** Without options there is no collector, and nothing of OpenTelemetry is loaded. */
export function makeTracing(options: TracingOptions | undefined, metrics: Metrics, log: Log): Tracing {
  if (options === undefined) return new NoTracing();
  const dropped = (spans: number): void => metrics.of.spansDropped.add(spans);
  const exporter = async () => new (await import('./otlp-exporter.js')).OtlpExporter(options);
  return new ExportingTracing(options, exporter, dropped, log);
}
