import { Controller, Get, Header, Param, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { notFound } from '@signpost/runtime';
import { ApiReference } from './api-reference.js';
import { asset, PAGE, PAGE_POLICY } from './reference-page.js';

@Controller()
export class ReferenceController {
  constructor(private readonly reference: ApiReference) {}

  @Get('api/v1/openapi.json')
  @Header('content-type', 'application/json')
  document(): string {
    return this.reference.text();
  }

  @Get('api/v1/asyncapi.json')
  @Header('content-type', 'application/json')
  topics(): string {
    return this.reference.topicsText();
  }

  @Get('docs')
  @Header('content-type', 'text/html; charset=utf-8')
  @Header('content-security-policy', PAGE_POLICY)
  @Header('referrer-policy', 'no-referrer')
  @Header('x-content-type-options', 'nosniff')
  page(): string {
    return PAGE;
  }

  @Get('docs/:file')
  async file(@Param('file') name: string, @Res() reply: FastifyReply): Promise<void> {
    const found = asset(name);
    if (found === undefined) throw notFound(`File ${name}`);
    await reply
      .header('content-type', found.type)
      .header('cache-control', 'max-age=3600')
      .header('x-content-type-options', 'nosniff')
      .send(found.bytes);
  }
}
