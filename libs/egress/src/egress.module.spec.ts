import { describe, expect, it } from '@jest/globals';
import { Test } from '@nestjs/testing';
import { Metrics } from '@signpost/observability';
import { OptionsSender, UrlPolicy, WebhookSender } from '@signpost/ports';
import { EGRESS_CONFIG, egressModule } from './egress.module.js';

/** Stands for what every process has. */
class Around {}

describe('egressModule', () => {
  it('is one for each environment', () => {
    const env = {};
    expect(egressModule(env)).toBe(egressModule(env));
    expect(egressModule(env)).not.toBe(egressModule({}));
  });

  it('shows how many connections there are, and may be', async () => {
    const metrics = new Metrics({ processMetrics: false });
    const around = {
      module: Around,
      global: true,
      providers: [{ provide: Metrics, useValue: metrics }],
      exports: [Metrics],
    };
    const imports = [around, egressModule({ EGRESS_MAX_SOCKETS: '7' })];
    const app = await Test.createTestingModule({ imports }).compile();
    const text = await metrics.registry.metrics();
    expect(text).toContain('signpost_egress_connections_limit 7');
    expect(text).toContain('signpost_egress_connections{state="idle"} 0');
    await app.close();
  });

  it('gives the sender, the policy and the settings, and closes the sender with the process', async () => {
    const app = await Test.createTestingModule({ imports: [egressModule({ EGRESS_MAX_SOCKETS: '7' })] }).compile();
    expect(app.get(EGRESS_CONFIG)).toMatchObject({ maxSockets: 7 });
    expect(await app.get(UrlPolicy).refusal('https://localhost/')).toMatchObject({ code: 'host-name' });
    const sender = app.get(WebhookSender);
    expect(app.get(OptionsSender)).toBe(sender);
    await app.close();
    const timeouts = { connectMs: 1, firstByteMs: 1, totalMs: 1 };
    const request = { url: 'https://hooks.example.com/', headers: {}, body: Buffer.alloc(0), timeouts };
    expect(await sender.send(request)).toMatchObject({ kind: 'network-error', code: 'SENDER_CLOSED' });
  });
});
