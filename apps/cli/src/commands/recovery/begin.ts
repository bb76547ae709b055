import type { RecoveryOut, RecoveryPreviewOut } from '@signpost/contracts';
import type { Context } from '../../context.js';
import { UsageError } from '../../errors.js';
import { follow } from './follow.js';
import { printPreview } from './preview.js';
import { RECOVERY_PATH } from './recovery.js';
import type { JobValues, SelectionValues } from './selection.js';

export interface Order extends JobValues {
  readonly kind: 'redrive' | 'replay' | 'backfill' | 'rejected';
  readonly select: object;
  readonly toEndpointId?: string | undefined;
}

/** Shows what a recovery would do, asks, begins it, and follows it to its end. */
export async function begin(context: Context, order: Order): Promise<void> {
  const { dryRun, why, detach, yes } = order;
  const { output } = context;
  const client = await context.client();
  if (dryRun) {
    const preview = await client.call<RecoveryPreviewOut>('POST', RECOVERY_PATH, { body: bodyOf(order, true) });
    printPreview(context, preview);
    return;
  }
  if (why === undefined) {
    throw new UsageError('--why is not given', 'Say why, for whoever reads the audit log; --dry-run needs none.');
  }
  if (!yes) {
    const preview = await client.call<RecoveryPreviewOut>('POST', RECOVERY_PATH, { body: bodyOf(order, true) });
    if (context.mayAsk && !output.isJson) printPreview(context, preview);
    await context.confirm(
      `${WORDS[order.kind]} ${preview.count?.toLocaleString('en') ?? 'an uncounted number of'} ${nounOf(order.kind)}.`,
      false,
    );
  }
  const begun = await client.call<RecoveryOut>('POST', RECOVERY_PATH, { body: bodyOf(order, false) });
  if (detach) {
    if (output.isJson) output.json(begun);
    else output.line(begun.id);
    output.note(`signpost recovery watch ${begun.id} follows it.`);
    return;
  }
  await follow(context, begun.id, begun);
}

const WORDS = { redrive: 'Re-drives', replay: 'Replays', backfill: 'Backfills', rejected: 'Takes in again' } as const;
const nounOf = (kind: Order['kind']): string => (kind === 'rejected' ? 'rejected records' : 'deliveries');

function bodyOf(order: Order, dryRun: boolean): object {
  const { kind, select, to, toEndpointId, why, rate, concurrency, onlyWhileHealthy } = order;
  return {
    kind,
    select,
    ...(to === undefined ? {} : { to: { url: to } }),
    ...(toEndpointId === undefined ? {} : { toEndpointId }),
    ...(why === undefined ? {} : { why }),
    ...(rate === undefined ? {} : { perSecond: rate }),
    ...(concurrency === undefined ? {} : { concurrency }),
    ...(onlyWhileHealthy ? { onlyWhileHealthy } : {}),
    ...(dryRun ? { dryRun } : {}),
  };
}

/** A selection as the API has it. @throws UsageError where everything would be meant and was not said */
export async function selectionOf(context: Context, values: SelectionValues): Promise<Record<string, unknown>> {
  const { endpoint, eventTypes, since, until, messages, deliveries, reasons, reasonClass, states, all } = values;
  const app = all ? values.app : (values.app ?? (await context.settings()).app?.value);
  const statuses = values.statuses?.map((text) => statusOf(text));
  const selection = {
    appId: app,
    endpointId: endpoint,
    eventTypes,
    reasons,
    reasonClass,
    statuses,
    states,
    since: since?.toISOString(),
    until: until?.toISOString(),
    deadSince: values.deadSince?.toISOString(),
    deadUntil: values.deadUntil?.toISOString(),
    msgIds: messages,
    deliveryIds: deliveries,
  };
  const given = Object.fromEntries(Object.entries(selection).filter(([, value]) => value !== undefined));
  if (Object.keys(given).length > 0) return given;
  if (all) return { everything: true };
  throw new UsageError(
    'Nothing says which deliveries are meant',
    'Narrow it (--app, --endpoint, --event-types, --since, …), or say --all for those of every application.',
  );
}

function statusOf(text: string): number {
  const status = Number(text);
  if (Number.isInteger(status) && status >= 100 && status <= 599) return status;
  throw new UsageError(`--statuses: "${text}" is no HTTP status`, 'Give numbers such as 503,429.');
}
