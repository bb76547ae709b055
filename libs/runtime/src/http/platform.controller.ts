import { Controller, Get, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Health, Metrics, type HealthReport } from '@signpost/observability';
import { Scrapes } from './scrapes.js';

/** What every process answers, whatever its roles. */
@ApiExcludeController()
@Controller()
export class PlatformController {
  private readonly scrapes: Scrapes;

  constructor(
    private readonly health: Health,
    metrics: Metrics,
  ) {
    this.scrapes = new Scrapes(metrics.registry);
  }

  @Get('health/live')
  async live(@Res() reply: FastifyReply): Promise<void> {
    await answer(reply, await this.health.live());
  }

  @Get('health/ready')
  async ready(@Res() reply: FastifyReply): Promise<void> {
    await answer(reply, await this.health.ready());
  }

  @Get('metrics')
  async scrape(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const gone = this.scrapes.admit(request.ip, () => reply.raw.destroy());
    if (gone === undefined) {
      const detail = 'The metrics were asked for too often, or by too many at once. Ask again after Retry-After.';
      await reply.status(429).header('retry-after', '1').send({ code: 'too_many_scrapes', detail });
      return;
    }
    reply.raw.once('close', gone);
    const { contentType, body } = await this.scrapes.render();
    await reply.header('content-type', contentType).send(body);
  }
}

async function answer(reply: FastifyReply, report: HealthReport): Promise<void> {
  await reply
    .status(report.status === 'ok' ? 200 : 503)
    .header('content-type', 'application/json')
    .send(JSON.stringify(report));
}
