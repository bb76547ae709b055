import { describe, expect, it } from '@jest/globals';
import { loadTracingOptions } from './tracing.config.js';

const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318/' };

describe('the settings of traces', () => {
  it('name no collector, and there are none', () => {
    expect(loadTracingOptions({ OTEL_TRACES_SAMPLER_ARG: '1' })).toBeUndefined();
    expect(loadTracingOptions({ ...endpoint, OTEL_SDK_DISABLED: 'true' })).toBeUndefined();
  });

  it('are OpenTelemetry’s own', () => {
    expect(
      loadTracingOptions({
        ...endpoint,
        OTEL_EXPORTER_OTLP_HEADERS: 'api-key=a%2Cb, x=1',
        OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
        SIGNPOST_SERVICE: 'dispatcher',
      }),
    ).toMatchObject({
      url: 'http://collector:4318/v1/traces',
      headers: { 'api-key': 'a,b', x: '1' },
      sampleRatio: 0.01,
      resource: { 'deployment.environment.name': 'test', 'service.name': 'signpost-dispatcher' },
    });
    const own = { ...endpoint, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://x/y', OTEL_SERVICE_NAME: 'mine' };
    expect(loadTracingOptions(own)).toMatchObject({ url: 'https://x/y', resource: { 'service.name': 'mine' } });
  });

  it.each([
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4318' }, 'OTEL_EXPORTER_OTLP_ENDPOINT'],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://user:secret-word@collector' }, 'OTEL_EXPORTER_OTLP_ENDPOINT'],
    [{ OTEL_EXPORTER_OTLP_HEADERS: 'secret-word' }, 'OTEL_EXPORTER_OTLP_HEADERS'],
    [{ OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }, 'OTEL_EXPORTER_OTLP_PROTOCOL'],
    [{ OTEL_TRACES_SAMPLER: 'always_on' }, 'OTEL_TRACES_SAMPLER'],
    [{ OTEL_TRACES_SAMPLER_ARG: '1.5' }, 'OTEL_TRACES_SAMPLER_ARG'],
  ])('%j is refused by its name, and its value is not repeated', (env, name) => {
    const load = () => loadTracingOptions({ ...endpoint, ...env });
    expect(load).toThrow(name);
    expect(load).not.toThrow(/secret-word/);
  });
});
