import { Controller, Get, HttpCode } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';

@ApiTags('Health')
@Controller('api/v1/health')
export class ServiceController {
  /** HEAD comes with GET. */
  @Get()
  @HttpCode(204)
  @ApiOperation({ operationId: 'v1.health.get', summary: 'Whether the API answers' })
  @ApiResponse({ status: 204, description: 'It does' })
  health(): void {
    // The answer is that there is one.
  }
}
