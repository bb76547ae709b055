import { Controller, HttpCode, Post, UseGuards, UseInterceptors } from '@nestjs/common';
import {
  AppPortalAccessIn,
  AppPortalAccessOut,
  ApplicationTokenExpireIn,
  type ApplicationIn,
} from '@signpost/contracts';
import { isId } from '@signpost/domain';
import { ApplicationStore, NameTakenError, PortalTokenStore, type KeptApplication } from '@signpost/ports';
import { applicationFields, ApiKeyGuard, CallerOf, JsonBody, ValidationError, type Caller } from '@signpost/runtime';
import type * as z from 'zod';
import { Documented } from '../http/documented.js';
import { FromPath } from '../http/path.js';
import { PortErrors } from '../http/port-errors.interceptor.js';
import { Owned } from '../owned.js';
import { PortalAccess } from './portal-access.js';

@Controller('api/v1/auth')
@UseGuards(ApiKeyGuard)
@UseInterceptors(PortErrors)
export class PortalAccessController {
  constructor(
    private readonly applications: ApplicationStore,
    private readonly tokens: PortalTokenStore,
    private readonly access: PortalAccess,
    private readonly owned: Owned,
  ) {}

  @Post('app-portal-access/:appId')
  @HttpCode(200)
  @Documented({
    id: 'v1.authentication.app-portal-access',
    summary: "Get a token of an application's portal, and where the portal opens with it",
    needs: 'write',
    body: AppPortalAccessIn,
    answers: { 200: AppPortalAccessOut },
  })
  async appPortalAccess(
    @CallerOf() caller: Caller,
    @FromPath('appId') appId: string,
    @JsonBody(AppPortalAccessIn) { application, ...asked }: z.output<typeof AppPortalAccessIn>,
  ): Promise<AppPortalAccessOut> {
    const { id } = await this.applicationOf(caller, appId, application ?? undefined);
    return this.access.open(caller, id, asked);
  }

  @Post('app/:appId/expire-all')
  @HttpCode(204)
  @Documented({
    id: 'v1.authentication.expire-all',
    summary: "End the tokens of an application's portal, at once or in some time",
    needs: 'write',
    body: ApplicationTokenExpireIn,
    answers: { 204: null },
  })
  async expireAll(
    @CallerOf() caller: Caller,
    @FromPath('appId') appId: string,
    @JsonBody(ApplicationTokenExpireIn) { expiry, sessionIds }: z.output<typeof ApplicationTokenExpireIn>,
  ): Promise<void> {
    const { id } = await this.owned.application(caller, appId);
    const sessions = sessionIds == null || sessionIds.length === 0 ? undefined : sessionIds;
    await this.tokens.endAll(id, new Date(Date.now() + (expiry ?? 0) * 1_000), sessions);
  }

  @Post('logout')
  @HttpCode(204)
  @Documented({
    id: 'v1.authentication.logout',
    summary: 'End the portal token that asks',
    portal: 'ViewBase',
    onlyPortal: true,
    answers: { 204: null },
  })
  async logout(@CallerOf() { portal }: Caller): Promise<void> {
    if (portal !== undefined) await this.tokens.end(portal.id);
  }

  /** The application of the path; with `wanted` it is made unless it is there. */
  private async applicationOf(
    caller: Caller,
    appId: string,
    wanted: z.output<typeof ApplicationIn> | undefined,
  ): Promise<KeptApplication> {
    const existing = await this.applications.get(caller.organisationId, appId);
    // An id that is unknown is a mistake; a uid that is unknown is a name for something new.
    if (existing !== undefined || wanted === undefined || isId('app', appId)) {
      return this.owned.application(caller, appId);
    }
    if (wanted.uid != null && wanted.uid !== appId) {
      const msg = `is not the uid in the path, ${JSON.stringify(appId)}: leave it out, or make them the same`;
      throw new ValidationError([{ loc: ['body', 'application', 'uid'], msg, type: 'mismatch' }]);
    }
    try {
      return await this.applications.create(caller.organisationId, { ...applicationFields(wanted), uid: appId });
    } catch (error) {
      // Somebody else made it at this moment.
      if (error instanceof NameTakenError) return this.owned.application(caller, appId);
      throw error;
    }
  }
}
