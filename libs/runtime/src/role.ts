import type { DynamicModule, INestApplicationContext } from '@nestjs/common';
import type { CustomTransportStrategy } from '@nestjs/microservices';

export const ROLE_NAMES = [
  'ingest',
  'subscription-matcher',
  'dispatcher',
  'retry-scheduler',
  'recorder',
  'api',
] as const;
export type RoleName = (typeof ROLE_NAMES)[number];

/** One process's job as a value: apps/<role> runs one, apps/all several in one process. */
export interface Role {
  readonly name: RoleName;
  /** Its Nest module, with the adapters that the environment describes. */
  module(env: NodeJS.ProcessEnv): DynamicModule;
  /** What has to be true before it works: topics, migrations, control read to its end. Safe to repeat. */
  prepare?(app: INestApplicationContext): Promise<void>;
  /** Its consumer groups. */
  strategies?(app: INestApplicationContext): readonly CustomTransportStrategy[];
}
