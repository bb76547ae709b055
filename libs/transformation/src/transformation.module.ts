import type { DynamicModule, OnApplicationShutdown } from '@nestjs/common';
import { Transformer } from '@signpost/ports';
import { perEnvironment } from '@signpost/runtime';
import { loadTransformationConfig } from './transformation.config.js';
import { WorkerTransformer } from './worker-transformer.js';

class TransformationModule {}

class ClosingTransformer extends WorkerTransformer implements OnApplicationShutdown {
  async onApplicationShutdown(): Promise<void> {
    await this.close();
  }
}

/** A Transformer for an environment. It costs nothing before it is used. */
export const transformationModule = perEnvironment((env): DynamicModule => {
  const config = loadTransformationConfig(env);
  return {
    module: TransformationModule,
    providers: [{ provide: Transformer, useFactory: () => new ClosingTransformer(config) }],
    exports: [Transformer],
  };
});
