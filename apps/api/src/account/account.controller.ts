import { Controller, Get, UseGuards, UseInterceptors } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { AccountOut, AccountQuery, AuditOut, AuditQuery } from '@signpost/contracts';
import { differenceOf, isBalanced } from '@signpost/domain';
import { DeliveryAccountReader, type AccountScope, type MinuteAccount, type MinutePosition } from '@signpost/ports';
import { ApiKeyGuard, CallerOf, CheckedQuery, type Caller } from '@signpost/runtime';
import type * as z from 'zod';
import { Documented } from '../http/documented.js';
import { PortErrors } from '../http/port-errors.interceptor.js';
import { Owned } from '../owned.js';
import { accountCounts } from './account-out.js';
import { accountWindow } from './account-window.js';
import { AccountAudit } from './account-audit.js';

@ApiTags('Account')
@Controller('api/v1/account')
@UseGuards(ApiKeyGuard)
@UseInterceptors(PortErrors)
export class AccountController {
  constructor(
    private readonly reader: DeliveryAccountReader,
    private readonly auditor: AccountAudit,
    private readonly owned: Owned,
  ) {}

  @Get()
  @Documented({
    id: 'v1.account.get',
    summary: 'Get the account of accepted messages, by minute and application',
    description:
      'Accepted messages are matched, matched to nobody, or undecided for a moment. What they were matched to, and what was asked for again, has ended in one fate or is pending in one place. Whatever is left is a difference.',
    query: AccountQuery,
    answers: { 200: AccountOut },
  })
  async get(
    @CallerOf() caller: Caller,
    @CheckedQuery(AccountQuery) query: z.output<typeof AccountQuery>,
  ): Promise<AccountOut> {
    const scope = await this.scopeOf(caller, query.appId);
    const progress = await this.reader.progress();
    const window = accountWindow(query, progress.now);
    const total = await this.reader.total(scope, window);
    const page = { limit: query.limit + 1, beyond: positionIn(query.iterator) };
    const found = await this.reader.minutes(scope, window, page);
    const shown = found.slice(0, query.limit);
    return {
      since: window.since.toISOString(),
      until: window.until.toISOString(),
      countedFrom: progress.countedFrom.toISOString(),
      settledAt: progress.settledAt?.toISOString() ?? null,
      balanced: isBalanced(total),
      difference: differenceOf(total),
      totals: accountCounts(total),
      minutes: shown.map(minuteOut),
      iterator: iteratorOf(shown.at(-1)) ?? query.iterator ?? null,
      done: found.length <= query.limit,
    };
  }

  @Get('audit')
  @Documented({
    id: 'v1.account.audit',
    summary: 'Prove the account of a window, and name every message and delivery that breaks it',
    description:
      'Counts the delivery log anew, row by row, and looks up what Kafka still holds of the accepted messages. What is found is looked at once more after all that is under way has gone through. Takes up to half a minute, and says how far it came.',
    query: AuditQuery,
    answers: { 200: AuditOut },
  })
  async audit(
    @CallerOf() caller: Caller,
    @CheckedQuery(AuditQuery) query: z.output<typeof AuditQuery>,
  ): Promise<AuditOut> {
    const scope = await this.scopeOf(caller, query.appId);
    const progress = await this.reader.progress();
    return this.auditor.audit(scope, accountWindow(query, progress.now), progress, query.limit);
  }

  private async scopeOf(caller: Caller, appId: string | undefined): Promise<AccountScope> {
    const { organisationId } = caller;
    if (appId === undefined) return { organisationId };
    return { organisationId, applicationId: await this.owned.applicationId(caller, appId) };
  }
}

function minuteOut({ at, applicationId, countedAt, account }: MinuteAccount): AccountOut['minutes'][number] {
  const counts = accountCounts(account);
  return { at: at.toISOString(), appId: applicationId, countedAt: countedAt.toISOString(), ...counts };
}

const iteratorOf = (last: MinutePosition | undefined): string | undefined =>
  last === undefined ? undefined : `${String(last.at.getTime())}.${last.applicationId}`;

function positionIn(iterator: string | undefined): MinutePosition | undefined {
  if (iterator === undefined) return undefined;
  const [atMs = '', applicationId = ''] = iterator.split('.');
  return { at: new Date(Number(atMs)), applicationId };
}
