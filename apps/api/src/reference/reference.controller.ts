import { Controller, Get, Header, Param, Res } from '@nestjs/common';
import { ApiExcludeController, type OpenAPIObject } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { ApiError, notFound } from '@signpost/runtime';
import { ApiReference, asset, PAGE } from './api-reference.js';

@ApiExcludeController()
@Controller()
export class ReferenceController {
  constructor(private readonly reference: ApiReference) {}

  @Get('api/v1/openapi.json')
  document(): OpenAPIObject {
    const document = this.reference.json();
    if (document === undefined) throw new ApiError(503, 'starting', 'This process is still starting.', 1);
    return document;
  }

  @Get('docs')
  @Header('content-type', 'text/html; charset=utf-8')
  page(): string {
    return PAGE;
  }

  @Get('docs/:file')
  async file(@Param('file') name: string, @Res() reply: FastifyReply): Promise<void> {
    const found = asset(name);
    if (found === undefined) throw notFound(`File ${name}`);
    await reply.header('content-type', found.type).header('cache-control', 'max-age=3600').send(found.bytes);
  }
}
