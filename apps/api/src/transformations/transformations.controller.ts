import { Controller, Get, HttpCode, Patch, Post, Put, UseGuards, UseInterceptors } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import {
  EndpointTransformationIn,
  EndpointTransformationOut,
  EndpointTransformationPatch,
  listOf,
  TransformationRollbackIn,
  TransformationVersionCodeOut,
  TransformationVersionOut,
} from '@signpost/contracts';
import {
  EndpointStore,
  TransformationVersions,
  type KeptEndpoint,
  type KeptTransformation,
  type KeptVersion,
} from '@signpost/ports';
import { ApiError, ApiKeyGuard, CallerOf, JsonBody, type Caller } from '@signpost/runtime';
import type * as z from 'zod';
import { actorOut } from '../access/actor-out.js';
import { Documented } from '../http/documented.js';
import type { ListAnswer } from '../http/pages.js';
import { FromPath } from '../http/path.js';
import { PortErrors } from '../http/port-errors.interceptor.js';
import { found, Owned } from '../owned.js';
import { Transformations } from './transformations.js';

@ApiTags('Transformation')
@Controller('api/v1/app/:appId/endpoint/:endpointId/transformation')
@UseGuards(ApiKeyGuard)
@UseInterceptors(PortErrors)
export class TransformationsController {
  constructor(
    private readonly endpoints: EndpointStore,
    private readonly versions: TransformationVersions,
    private readonly owned: Owned,
    private readonly transformations: Transformations,
  ) {}

  @Get()
  @Documented({
    id: 'v1.endpoint.transformation-get',
    summary: "Get an endpoint's transformation: the code in force",
    portal: 'ManageTransformations',
    answers: { 200: EndpointTransformationOut },
  })
  async get(
    @CallerOf() caller: Caller,
    @FromPath('appId') appId: string,
    @FromPath('endpointId') endpointId: string,
  ): Promise<EndpointTransformationOut> {
    return this.out(await this.owned.endpoint(caller, appId, endpointId));
  }

  @Put()
  @Documented({
    id: 'v1.endpoint.transformation-update',
    summary: 'Set the code that makes the requests of an endpoint; other code than before is a new version',
    portal: 'ManageTransformations',
    body: EndpointTransformationIn,
    answers: { 200: EndpointTransformationOut },
  })
  async replace(
    @CallerOf() caller: Caller,
    @FromPath('appId') appId: string,
    @FromPath('endpointId') endpointId: string,
    @JsonBody(EndpointTransformationIn) { code, enabled }: z.output<typeof EndpointTransformationIn>,
  ): Promise<EndpointTransformationOut> {
    const endpoint = await this.owned.endpoint(caller, appId, endpointId);
    await this.transformations.check(endpoint, code);
    return this.out(await this.change(endpoint, (kept) => this.transformations.withCode(kept, code, enabled)));
  }

  @Patch()
  @HttpCode(204)
  @Documented({
    id: 'v1.endpoint.transformation-partial-update',
    summary: 'Change the code of a transformation, or switch it on and off',
    portal: 'ManageTransformations',
    body: EndpointTransformationPatch,
    answers: { 204: null },
  })
  async patch(
    @CallerOf() caller: Caller,
    @FromPath('appId') appId: string,
    @FromPath('endpointId') endpointId: string,
    @JsonBody(EndpointTransformationPatch) body: z.output<typeof EndpointTransformationPatch>,
  ): Promise<void> {
    const endpoint = await this.owned.endpoint(caller, appId, endpointId);
    const { code, enabled } = body;
    if (code != null) await this.transformations.check(endpoint, code);
    await this.change(endpoint, (kept) => {
      if (code === null) return this.transformations.takenOff(kept);
      if (code !== undefined) return this.transformations.withCode(kept, code, enabled ?? true);
      const { transformation } = kept;
      if (enabled === undefined || transformation?.enabled === enabled) return transformation;
      if (transformation === undefined || transformation.version === 0) {
        if (enabled) throw noCode();
        return transformation;
      }
      return { ...transformation, enabled, changedAtMs: Date.now() };
    });
  }

  @Get('version')
  @Documented({
    id: 'v1.endpoint.transformation-list-versions',
    summary: 'List the versions of a transformation that are kept, newest first: the last fifty',
    portal: 'ManageTransformations',
    answers: { 200: listOf(TransformationVersionOut) },
  })
  async list(
    @CallerOf() caller: Caller,
    @FromPath('appId') appId: string,
    @FromPath('endpointId') endpointId: string,
  ): Promise<ListAnswer<TransformationVersionOut>> {
    const endpoint = await this.owned.endpoint(caller, appId, endpointId);
    const data = (await this.versions.list(endpoint.id)).map((version) => versionOut(endpoint, version));
    return { data, iterator: null, prevIterator: null, done: true };
  }

  @Get('version/:version')
  @Documented({
    id: 'v1.endpoint.transformation-get-version',
    summary: 'Get a version of a transformation with its code',
    portal: 'ManageTransformations',
    answers: { 200: TransformationVersionCodeOut },
  })
  async version(
    @CallerOf() caller: Caller,
    @FromPath('appId') appId: string,
    @FromPath('endpointId') endpointId: string,
    @FromPath('version') version: string,
  ): Promise<TransformationVersionCodeOut> {
    const endpoint = await this.owned.endpoint(caller, appId, endpointId);
    const code = await this.transformations.codeOfVersion(endpoint, Number(version));
    const kept = found(
      await this.versions.get(endpoint.id, Number(version)),
      `Version ${version} of the transformation`,
    );
    return { ...versionOut(endpoint, kept), code };
  }

  @Post('rollback')
  @HttpCode(200)
  @Documented({
    id: 'v1.endpoint.transformation-rollback',
    summary: 'Put an earlier version of a transformation in force again, and switch it on',
    portal: 'ManageTransformations',
    body: TransformationRollbackIn,
    answers: { 200: EndpointTransformationOut },
  })
  async rollBack(
    @CallerOf() caller: Caller,
    @FromPath('appId') appId: string,
    @FromPath('endpointId') endpointId: string,
    @JsonBody(TransformationRollbackIn) { version }: z.output<typeof TransformationRollbackIn>,
  ): Promise<EndpointTransformationOut> {
    const endpoint = await this.owned.endpoint(caller, appId, endpointId);
    const code = await this.transformations.codeOfVersion(endpoint, version);
    return this.out(await this.change(endpoint, (kept) => this.transformations.rolledBack(kept, version, code)));
  }

  private async change(
    { applicationId, id }: KeptEndpoint,
    to: (kept: KeptEndpoint) => KeptTransformation | undefined,
  ): Promise<KeptEndpoint> {
    const updated = await this.endpoints.update(applicationId, id, (kept) => {
      const transformation = to(kept);
      return transformation === kept.transformation ? undefined : { transformation };
    });
    return found(updated, `Endpoint ${id}`);
  }

  private out(endpoint: KeptEndpoint): EndpointTransformationOut {
    const { transformation } = endpoint;
    const code = this.transformations.codeOf(endpoint);
    return {
      code: code ?? null,
      enabled: transformation?.enabled ?? false,
      version: code === undefined ? null : (transformation?.version ?? null),
      updatedAt: transformation === undefined ? null : new Date(transformation.changedAtMs).toISOString(),
    };
  }
}

function versionOut(
  { transformation }: KeptEndpoint,
  { version, createdAt, createdBy }: Omit<KeptVersion, 'sealedCode'>,
): TransformationVersionOut {
  const current = transformation?.version === version;
  return { version, current, createdAt: createdAt.toISOString(), createdBy: actorOut(createdBy) };
}

const noCode = (): ApiError =>
  new ApiError(409, 'no_transformation', 'This endpoint has no transformation to switch on. Give its code as well.');
