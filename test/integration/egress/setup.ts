import type { LookupAddress } from 'node:dns';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadEgressConfig, UndiciWebhookSender, type SenderParts } from '@signpost/egress';
import type { WebhookRequest } from '@signpost/ports';

/** A sender that may call this machine, with further settings by their names in the environment. */
export function loopbackSender(
  settings: Readonly<Record<string, string>> = {},
  parts?: SenderParts,
): UndiciWebhookSender {
  const env = { EGRESS_ALLOWED_NETWORKS: '127.0.0.1/32', EGRESS_ALLOW_HTTP: 'true', ...settings };
  return new UndiciWebhookSender(loadEgressConfig(env), parts);
}

/** Long enough for a loaded machine where a test expects no time-out. */
export const PATIENT = { connectMs: 30_000, firstByteMs: 30_000, totalMs: 30_000 } as const;

export function post(url: string, request: Partial<WebhookRequest> = {}): WebhookRequest {
  return {
    url,
    headers: { 'content-type': 'application/json', 'webhook-id': 'msg_1' },
    body: Buffer.from('{"type":"lead.captured"}'),
    timeouts: PATIENT,
    ...request,
  };
}

/** A resolver that answers with these in turn; the last one is repeated. */
export function answers(
  ...turns: readonly (readonly string[])[]
): Required<Pick<SenderParts, 'resolve'>> & { readonly asked: string[] } {
  const left = [...turns];
  const asked: string[] = [];
  const resolve = (name: string): Promise<readonly LookupAddress[]> => {
    asked.push(name);
    const turn = (left.length > 1 ? left.shift() : left[0]) ?? [];
    return Promise.resolve(turn.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })));
  };
  return { resolve, asked };
}

/** A file that holds this text, for settings that name one. */
export function fileOf(text: string): string {
  const path = join(mkdtempSync(join(tmpdir(), 'signpost-')), 'file');
  writeFileSync(path, text);
  return path;
}
