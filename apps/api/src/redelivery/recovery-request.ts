import { Injectable } from '@nestjs/common';
import type { RecoveryIn } from '@signpost/contracts';
import { isId, timeOfId, type DeliveryId, type MessageId, type RejectedId } from '@signpost/domain';
import { RecoveryStore, UrlPolicy, type RecoveryPlan, type RecoverySelection } from '@signpost/ports';
import { acting, ValidationError, type Caller } from '@signpost/runtime';
import type * as z from 'zod';
import { found, Owned } from '../owned.js';
import { refuseMisfits, selectsEverything } from './recovery-rules.js';

export type AskedRecovery = z.output<typeof RecoveryIn>;
type AskedSelection = AskedRecovery['select'];

/** From what is asked to what is done: names become ids of the caller's own, and times and URLs are checked. */
@Injectable()
export class RecoveryRequest {
  constructor(
    private readonly owned: Owned,
    private readonly recoveries: RecoveryStore,
    private readonly urls: UrlPolicy,
  ) {}

  /**
   * @throws ApiError 404 for an application or endpoint that is not the caller's
   * @throws ValidationError with the field and why
   */
  async planOf(caller: Caller, asked: AskedRecovery, now: Date): Promise<RecoveryPlan> {
    refuseMisfits(asked);
    const { kind, to, why, perSecond, concurrency, onlyWhileHealthy, dryRun } = asked;
    if (dryRun !== true && selectsEverything(asked) && asked.select.everything !== true) throw everything();
    if (to != null) await this.checkUrl(to.url);
    return {
      organisationId: caller.organisationId,
      kind,
      selection: await this.selectionOf(caller, asked, now),
      by: acting().actor,
      onlyWhileHealthy: onlyWhileHealthy ?? false,
      ...(to == null ? {} : { toUrl: to.url }),
      ...(why == null ? {} : { why }),
      ...(perSecond == null ? {} : { perSecond }),
      ...(concurrency == null ? {} : { concurrency }),
    };
  }

  private async selectionOf(caller: Caller, asked: AskedRecovery, now: Date): Promise<RecoverySelection> {
    const { select } = asked;
    const { eventTypes, reasons, reasonClass, statuses, states, deadSince, deadUntil, msgIds, deliveryIds } = select;
    refuseReversed('deadUntil', deadSince, deadUntil);
    const { codes, topics, rejectedIds } = select;
    return {
      ...(await this.scopeOf(caller, select.appId ?? undefined, asked.toEndpointId ?? select.endpointId ?? undefined)),
      ...windowOf(select, now),
      ...(eventTypes == null ? {} : { eventTypes }),
      ...(reasons == null ? {} : { reasons }),
      ...(reasonClass == null ? {} : { reasonClass }),
      ...(statuses == null ? {} : { statuses }),
      ...(states == null ? {} : { states }),
      ...(deadSince == null ? {} : { deadSince }),
      ...(deadUntil == null ? {} : { deadUntil }),
      ...(msgIds == null ? {} : { messageIds: msgIds as MessageId[] }),
      ...(deliveryIds == null ? {} : { deliveryIds: deliveryIds as DeliveryId[] }),
      ...(codes == null ? {} : { codes }),
      ...(topics == null ? {} : { topics }),
      ...(rejectedIds == null ? {} : { rejectedIds: rejectedIds as RejectedId[] }),
    };
  }

  private async scopeOf(
    caller: Caller,
    appId: string | undefined,
    endpoint: string | undefined,
  ): Promise<Pick<RecoverySelection, 'applicationId' | 'endpointId'>> {
    if (endpoint === undefined) {
      return appId === undefined ? {} : { applicationId: (await this.owned.application(caller, appId)).id };
    }
    if (appId !== undefined) {
      const { id, applicationId } = await this.owned.endpoint(caller, appId, endpoint);
      return { applicationId, endpointId: id };
    }
    const id = found(isId('ep', endpoint) ? endpoint : undefined, `Endpoint ${endpoint} (without its application)`);
    const applicationId = await this.recoveries.applicationOf(caller.organisationId, id);
    return { applicationId: found(applicationId, `Endpoint ${endpoint}`), endpointId: id };
  }

  private async checkUrl(url: string): Promise<void> {
    const refusal = await this.urls.refusal(url);
    if (refusal === undefined) return;
    throw new ValidationError([{ loc: ['body', 'to', 'url'], msg: refusal.reason, type: refusal.code }]);
  }
}

const everything = (): ValidationError =>
  new ValidationError([
    {
      loc: ['body', 'select'],
      msg: 'narrows nothing, so that everything of the organisation is meant: name an application, an endpoint or a time, or say "everything": true',
      type: 'selects_everything',
    },
  ]);

function refuseReversed(
  field: 'until' | 'deadUntil',
  since: Date | null | undefined,
  until: Date | null | undefined,
): void {
  if (since == null || until == null || until > since) return;
  const other = field === 'until' ? 'since' : 'deadSince';
  throw new ValidationError([
    { loc: ['body', 'select', field], msg: `does not lie after "${other}"`, type: 'value_error' },
  ]);
}

/** Ids carry their time: what is named by them lies nowhere else. */
function windowOf(
  { since, until, msgIds, deliveryIds, rejectedIds }: AskedSelection,
  now: Date,
): Pick<RecoverySelection, 'since' | 'until'> {
  refuseReversed('until', since, until);
  let fromMs = since?.getTime() ?? 0;
  let toMs = Math.min(until?.getTime() ?? Infinity, now.getTime());
  for (const ids of [msgIds, deliveryIds, rejectedIds]) {
    if (ids == null) continue;
    const times = ids.map((id) => timeOfId(id) ?? 0);
    fromMs = Math.max(fromMs, Math.min(...times));
    toMs = Math.min(toMs, Math.max(...times) + 1);
  }
  return { since: new Date(Math.max(0, fromMs)), until: new Date(Math.max(0, toMs)) };
}
