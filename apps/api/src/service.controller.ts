import { Controller, Get, HttpCode } from '@nestjs/common';
import { Documented } from './http/documented.js';

@Controller('api/v1/health')
export class ServiceController {
  /** HEAD comes with GET. */
  @Get()
  @HttpCode(204)
  @Documented({
    id: 'v1.health.get',
    headId: 'v1.health.head',
    summary: 'Whether the API answers',
    answers: { 204: null },
    isOpen: true,
  })
  health(): void {
    // The answer is that there is one.
  }

  @Get('ping')
  @HttpCode(204)
  @Documented({
    id: 'v1.health.ping',
    headId: 'v1.health.ping-head',
    summary: 'The same, under the name that older clients ask for',
    answers: { 204: null },
    isOpen: true,
  })
  ping(): void {
    // As above.
  }
}
