import type { INestApplicationContext } from '@nestjs/common';
import { RETRY_SCHEDULER_GROUP, TOPICS } from '@signpost/contracts';
import { TIER_NAMES } from '@signpost/domain';
import {
  KafkaConnection,
  KafkaConsumerStrategy,
  kafkaHealth,
  KafkaRecordSink,
  type ConsumerGroupOptions,
} from '@signpost/kafka';
import { consumerMetrics, Log, Metrics } from '@signpost/observability';
import { RecordSink } from '@signpost/ports';
import { ControlDirectory, Fatal, prepareKafka, type Role } from '@signpost/runtime';
import { DemandFollower } from './parked/demand-follower.js';
import { PARKED_RELEASE, PARKED_SWEEP } from './parked/parked.controller.js';
import { Releases } from './parked/releases.js';
import { Sweep } from './parked/sweep.js';
import { RETRY_SCHEDULER_CONFIG, type RetrySchedulerConfig } from './retry-scheduler.config.js';
import { retrySchedulerModule } from './retry-scheduler.module.js';
import { ALL_TIERS, RETRY_SCHEDULER } from './tiers/tiers.controller.js';
import { Tiers } from './tiers/tiers.js';

/** What a stop waits for: what is waiting for its time comes again, only what is being handed on has to end. */
const GRACE_MS = 1_000;
const SMALLEST_SHARE_BYTES = 65_536;
/** What of one partition waits in memory to become old; beyond a fetch it only has to bridge the way to the next. */
const SWEEP_AHEAD_RECORDS = 200;

/** Holds deliveries until they are due, and hands back what is parked when its lane asks, or when it was parked too long. */
export const retrySchedulerRole: Role = {
  name: 'retry-scheduler',
  module: retrySchedulerModule,
  async prepare(app) {
    const connection = app.get(KafkaConnection);
    const sink = app.get<RecordSink, KafkaRecordSink>(RecordSink);
    await prepareKafka(app, { connection, sink, check: kafkaHealth(connection) });
    await app.get(ControlDirectory).start();
    await app.get(DemandFollower).start();
  },
  strategies(app) {
    return [tiersGroup(app), parkedGroup(app), sweepGroup(app)];
  },
};

function tiersGroup(app: INestApplicationContext): KafkaConsumerStrategy {
  const connection = app.get(KafkaConnection);
  const { lookAheadBytes, lookAheadRecords } = app.get<RetrySchedulerConfig>(RETRY_SCHEDULER_CONFIG);
  const topics = TIER_NAMES.map((tier) => connection.physical(TOPICS.retry(tier)));
  const partitions = topics.length * connection.config.partitions;
  return new KafkaConsumerStrategy(connection, {
    ...common(app, RETRY_SCHEDULER_GROUP),
    transport: RETRY_SCHEDULER,
    topics: { [ALL_TIERS]: topics },
    observer: app.get(Tiers),
    limits: {
      recordsPerPartition: lookAheadRecords,
      // Shared out, not one pot: a pot full of what waits for a day would keep the shortest tiers from being read.
      bytesPerPartition: Math.max(SMALLEST_SHARE_BYTES, Math.floor(lookAheadBytes / partitions)),
      bytesInMemory: Infinity,
    },
    graceMs: GRACE_MS,
    metrics: consumerMetrics(app.get(Metrics), app.get(Log), 'retry-scheduler'),
  });
}

function parkedGroup(app: INestApplicationContext): KafkaConsumerStrategy {
  const releases = app.get(Releases);
  const metrics = consumerMetrics(app.get(Metrics), app.get(Log), 'parked-release');
  const reader = new KafkaConsumerStrategy(app.get(KafkaConnection), {
    ...common(app, 'parked-release'),
    transport: PARKED_RELEASE,
    windowed: false,
    observer: releases,
    limits: { recordsPerPartition: 500 },
    // It commits nothing, so there is nothing to wait for: what was asked for is asked for again.
    graceMs: 0,
    // A reader at rest holds records that it will not finish: no sign of work that has piled up.
    metrics: { ...metrics, window: () => undefined },
  });
  releases.seekBy((partition, offset) => {
    reader.seek(TOPICS.parked, partition, offset);
  });
  return reader;
}

function sweepGroup(app: INestApplicationContext): KafkaConsumerStrategy {
  const metrics = consumerMetrics(app.get(Metrics), app.get(Log), 'parked-sweep');
  return new KafkaConsumerStrategy(app.get(KafkaConnection), {
    ...common(app, 'parked-sweep'),
    transport: PARKED_SWEEP,
    observer: app.get(Sweep),
    limits: {
      recordsPerPartition: SWEEP_AHEAD_RECORDS,
      bytesPerPartition: SMALLEST_SHARE_BYTES,
      bytesInMemory: Infinity,
    },
    graceMs: 0,
    // What it holds waits for days, as it should: no sign of work that has piled up.
    metrics: { ...metrics, window: () => undefined },
  });
}

function common(app: INestApplicationContext, group: string): Pick<ConsumerGroupOptions, 'group' | 'onFatal'> {
  const fatal = app.get(Fatal);
  return {
    group,
    onFatal: (error) => {
      fatal.raise(error);
    },
  };
}
