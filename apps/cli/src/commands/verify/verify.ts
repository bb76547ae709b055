import type { EndpointSecretOut } from '@signpost/contracts';
import { checkSignature, sliceMember, type SignatureCheck, type SignatureFinding } from '@signpost/domain';
import { ApiFailure } from '../../api/api-failure.js';
import { inPath } from '../../api/client.js';
import type { Context } from '../../context.js';
import { FindingError, UsageError } from '../../errors.js';
import { readInput } from '../../read-input.js';
import { readHeaders, readRequest, type ReadRequest } from './request-text.js';
import type { VerifyGiven } from './specification.js';

export async function verify(context: Context, given: VerifyGiven): Promise<void> {
  const secret = await secretOf(context, given);
  const request = await requestOf(context, given);
  const nowMs = given.at?.getTime() ?? Date.now();
  const check = checked(request, secret, nowMs, given.tolerance / 1_000);
  const sent = given.endpoint === undefined ? undefined : await sentBody(context, given, request);
  report(context, sent === undefined ? check : withComparison(check, request.body, sent));
}

function checked(request: ReadRequest, secret: string, nowMs: number, tolerance: number): SignatureCheck {
  try {
    return checkSignature(request, secret, nowMs, tolerance);
  } catch (error) {
    throw new UsageError(
      `The secret is none: ${(error as Error).message}`,
      'Copy it again: `signpost endpoints secret <endpoint>` prints it.',
    );
  }
}

function report({ output }: Context, { isValid, findings, ageSeconds }: SignatureCheck): void {
  if (output.isJson) output.json({ valid: isValid, findings, ageSeconds: ageSeconds ?? null });
  else if (isValid) output.line(`${output.paint('green', 'valid')}  signed ${String(ageSeconds ?? 0)} s ago`);
  else {
    for (const { part, detail } of findings) output.line(`${output.paint('red', part)}  ${detail}`);
  }
  if (isValid) return;
  const parts = [...new Set(findings.map(({ part }) => part))].join(', ');
  throw new FindingError(`The signature is not valid: ${parts}`, 'What does not fit is said above.');
}

/** Where the server has the message, its bytes tell a wrong body from a wrong secret. */
function withComparison(check: SignatureCheck, body: Buffer, sent: Buffer): SignatureCheck {
  const findings = check.findings.map((finding): SignatureFinding => {
    if (finding.part !== 'body-or-secret') return finding;
    if (body.equals(sent)) {
      const detail =
        'The body is what Signpost sent, byte for byte: the secret is not the one that it was signed with, or the id was changed.';
      return { part: 'secret', code: 'secret_of_another', detail };
    }
    return { part: 'body', code: 'body_changed', detail: difference(body, sent) };
  });
  return { ...check, findings };
}

function difference(body: Buffer, sent: Buffer): string {
  const length = Math.min(body.length, sent.length);
  let at = 0;
  while (at < length && body[at] === sent[at]) at += 1;
  const near = (bytes: Buffer): string => JSON.stringify(bytes.toString('utf8', Math.max(0, at - 10), at + 20));
  return (
    `The body is not what Signpost sent: from byte ${String(at)} on it differs (${String(body.length)} bytes, sent were ` +
    `${String(sent.length)}). Here: ${near(body)}; sent: ${near(sent)}. Verify the raw bytes, before anything parses them.`
  );
}

/** Undefined where the server has no such message, or no payload of it any more. */
async function sentBody(context: Context, given: VerifyGiven, { headers }: ReadRequest): Promise<Buffer | undefined> {
  const id = headers['webhook-id'];
  if (id === undefined || id === '') return undefined;
  const app = await context.app(given.app);
  try {
    const client = await context.client();
    const { bytes } = await client.answer('GET', `/api/v1/app/${inPath(app)}/msg/${inPath(id)}`);
    const payload = sliceMember(bytes, 'payload');
    return payload?.equals(Buffer.from('{"expired":true}')) === true ? undefined : payload;
  } catch (error) {
    if (error instanceof ApiFailure && error.status < 500) return undefined;
    throw error;
  }
}

async function secretOf(context: Context, given: VerifyGiven): Promise<string> {
  const { secret, endpoint } = given;
  if (secret === '-') {
    const value = context.surroundings.env['SIGNPOST_WEBHOOK_SECRET'];
    if (value !== undefined && value !== '') return value.trim();
    throw new UsageError('SIGNPOST_WEBHOOK_SECRET is not set', 'Set it to the secret, or give that to --secret.');
  }
  if (secret !== undefined) return secret.trim();
  if (endpoint === undefined) {
    throw new UsageError(
      'Neither --secret nor --endpoint is given',
      'Give the secret, or the endpoint whose secret it is.',
    );
  }
  const app = await context.app(given.app);
  const path = `/api/v1/app/${inPath(app)}/endpoint/${inPath(endpoint)}/secret`;
  return (await (await context.client()).get<EndpointSecretOut>(path)).key;
}

async function requestOf(context: Context, { request, body, header }: VerifyGiven): Promise<ReadRequest> {
  if (body === undefined && header === undefined)
    return readRequest(await readInput(request ?? '-', context.surroundings));
  if (request !== undefined) {
    throw new UsageError('A request is given, and --body or --header as well', 'Give the one or the other.');
  }
  return { headers: readHeaders(header ?? []), body: await readInput(body ?? '-', context.surroundings) };
}
