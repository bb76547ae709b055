import type { DynamicModule, Type } from '@nestjs/common';
import { egressModule } from '@signpost/egress';
import { kafkaModule } from '@signpost/kafka';
import { mailModule } from '@signpost/mail';
import { postgresModule } from '@signpost/postgres';
import { controlModule, idempotencyModule, perEnvironment } from '@signpost/runtime';
import { ApplicationsController } from './applications/applications.controller.js';
import { EndpointAccess } from './endpoints/endpoint-access.js';
import { EndpointHeadersController } from './endpoints/endpoint-headers.controller.js';
import { EndpointHeaderValues } from './endpoints/endpoint-headers.js';
import { EndpointPauseController } from './endpoints/endpoint-pause.controller.js';
import { EndpointSecretController } from './endpoints/endpoint-secret.controller.js';
import { EndpointSecrets } from './endpoints/endpoint-secrets.js';
import { EndpointSecurity } from './endpoints/endpoint-security.js';
import { EndpointsController } from './endpoints/endpoints.controller.js';
import { ExpiredSecrets } from './endpoints/expired-secrets.js';
import { EventTypesController } from './event-types/event-types.controller.js';
import { LaneProjection } from './lane-projection.js';
import { AttemptsController } from './messages/attempts.controller.js';
import { DestinationsController } from './messages/destinations.controller.js';
import { EndpointMessagesController } from './messages/endpoint-messages.controller.js';
import { LogQuery } from './messages/log-query.js';
import { MessageLookup } from './messages/message-lookup.js';
import { MessagesController } from './messages/messages.controller.js';
import { loadNotifierConfig, type NotifierConfig } from './notifier/notifier.config.js';
import { NotifierModule } from './notifier/notifier.module.js';
import { Owned } from './owned.js';
import { BackgroundTasksController } from './redelivery/background-tasks.controller.js';
import { ExamplePayload } from './redelivery/example-payload.js';
import { RecoverController } from './redelivery/recover.controller.js';
import { RecoveryWorker } from './redelivery/recovery-worker.js';
import { loadRedeliveryConfig, REDELIVERY_CONFIG, type RedeliveryConfig } from './redelivery/redelivery.config.js';
import { ResendController } from './redelivery/resend.controller.js';
import { SendExampleController } from './redelivery/send-example.controller.js';
import { ApiReference } from './reference/api-reference.js';
import { ReferenceController } from './reference/reference.controller.js';
import { ServiceController } from './service.controller.js';

export const API_CONTROLLERS: Type[] = [
  ApplicationsController,
  EndpointsController,
  EndpointHeadersController,
  EndpointSecretController,
  EndpointPauseController,
  EventTypesController,
  MessagesController,
  AttemptsController,
  DestinationsController,
  EndpointMessagesController,
  ResendController,
  RecoverController,
  SendExampleController,
  BackgroundTasksController,
  ServiceController,
  ReferenceController,
];

const REFERENCE = { provide: ApiReference, useFactory: () => new ApiReference(API_CONTROLLERS) };

/** Where the API's adapters come from. */
export interface ApiAdapters {
  /** Exports RecordSink and TopicFollower. */
  readonly kafka: DynamicModule;
  /** Exports the control plane's stores, those of redeliveries, ControlPublisher, DeliveryLogReader and IdempotencyKeys. */
  readonly postgres: DynamicModule;
  /** Exports UrlPolicy, OptionsSender and EGRESS_CONFIG. */
  readonly egress: DynamicModule;
  /** Exports Mailer. */
  readonly mail: DynamicModule;
}

/** The API as a value. Its adapters come from outside. */
export class ApiModule {
  static with(
    { kafka, postgres, egress, mail }: ApiAdapters,
    notifier: NotifierConfig,
    redelivery: RedeliveryConfig,
  ): DynamicModule {
    return {
      module: ApiModule,
      imports: [
        kafka,
        postgres,
        egress,
        controlModule(kafka),
        idempotencyModule(postgres),
        NotifierModule.with({ kafka, mail }, notifier),
      ],
      controllers: API_CONTROLLERS,
      providers: [
        Owned,
        EndpointAccess,
        EndpointHeaderValues,
        EndpointSecrets,
        EndpointSecurity,
        ExpiredSecrets,
        MessageLookup,
        LogQuery,
        LaneProjection,
        REFERENCE,
        ExamplePayload,
        RecoveryWorker,
        { provide: REDELIVERY_CONFIG, useValue: redelivery },
      ],
    };
  }
}

export const apiModule = perEnvironment((env) =>
  ApiModule.with(
    {
      kafka: kafkaModule(env),
      postgres: postgresModule(env),
      egress: egressModule(env),
      mail: mailModule(env),
    },
    loadNotifierConfig(env),
    loadRedeliveryConfig(env),
  ),
);
