import type { DynamicModule, Type } from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { egressModule } from '@signpost/egress';
import { kafkaModule } from '@signpost/kafka';
import { mailModule } from '@signpost/mail';
import { postgresModule } from '@signpost/postgres';
import {
  controlModule,
  IdempotencyInterceptor,
  idempotencyModule,
  IdempotentRequests,
  perEnvironment,
} from '@signpost/runtime';
import { transformationModule } from '@signpost/transformation';
import { AccountAudit } from './account/account-audit.js';
import { AccountController } from './account/account.controller.js';
import { ApiKeysController } from './access/api-keys.controller.js';
import { KeyArrival } from './access/key-arrival.js';
import { PortalAccess } from './access/portal-access.js';
import { PortalAccessController } from './access/portal-access.controller.js';
import { loadPortalConfig, PORTAL_CONFIG, type PortalConfig } from './access/portal.config.js';
import { ApplicationsController } from './applications/applications.controller.js';
import { AuditLogController } from './audit/audit-log.controller.js';
import { DeadLetterSelections } from './dead-letters/dead-letter-selection.js';
import { DeadLettersController } from './dead-letters/dead-letters.controller.js';
import { EndpointAccess } from './endpoints/endpoint-access.js';
import { EndpointCertificates } from './endpoints/endpoint-certificates.js';
import { EndpointHeadersController } from './endpoints/endpoint-headers.controller.js';
import { EndpointHeaderValues } from './endpoints/endpoint-headers.js';
import { EndpointPauseController } from './endpoints/endpoint-pause.controller.js';
import { EndpointSecretController } from './endpoints/endpoint-secret.controller.js';
import { EndpointSecrets } from './endpoints/endpoint-secrets.js';
import { EndpointSecurity } from './endpoints/endpoint-security.js';
import { EndpointsController } from './endpoints/endpoints.controller.js';
import { FilterTryController } from './endpoints/filter-try.controller.js';
import { ExpiredSecrets } from './endpoints/expired-secrets.js';
import { EventCatalogueController } from './event-types/event-catalogue.controller.js';
import { EventTypesController } from './event-types/event-types.controller.js';
import { ExplainController } from './explain/explain.controller.js';
import { Explanations } from './explain/explanations.js';
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
import { EndpointWellness } from './redelivery/endpoint-wellness.js';
import { RecoveriesController } from './redelivery/recoveries.controller.js';
import { RecoveryPreviews } from './redelivery/recovery-preview.js';
import { RecoveryRequest } from './redelivery/recovery-request.js';
import { RecoverySteps } from './redelivery/recovery-steps.js';
import { RecoveryWorker } from './redelivery/recovery-worker.js';
import { loadRedeliveryConfig, REDELIVERY_CONFIG, type RedeliveryConfig } from './redelivery/redelivery.config.js';
import { ResendController } from './redelivery/resend.controller.js';
import { SendExampleController } from './redelivery/send-example.controller.js';
import { Trials } from './redelivery/trials.js';
import { RejectedController } from './rejected/rejected.controller.js';
import { RejectedRecords } from './rejected/rejected-records.js';
import { ApiReference } from './reference/api-reference.js';
import { ReferenceController } from './reference/reference.controller.js';
import { ServiceController } from './service.controller.js';
import { TransformationTrialsController } from './transformations/transformation-trials.controller.js';
import { Transformations } from './transformations/transformations.js';
import { TransformationsController } from './transformations/transformations.controller.js';

export const API_CONTROLLERS: Type[] = [
  ApplicationsController,
  EndpointsController,
  EndpointHeadersController,
  EndpointSecretController,
  EndpointPauseController,
  FilterTryController,
  TransformationsController,
  TransformationTrialsController,
  EventTypesController,
  EventCatalogueController,
  MessagesController,
  AttemptsController,
  DestinationsController,
  EndpointMessagesController,
  ResendController,
  RecoverController,
  SendExampleController,
  BackgroundTasksController,
  ExplainController,
  RecoveriesController,
  DeadLettersController,
  RejectedController,
  ApiKeysController,
  PortalAccessController,
  AuditLogController,
  AccountController,
  ServiceController,
  ReferenceController,
];

const REFERENCE = { provide: ApiReference, useFactory: () => new ApiReference(API_CONTROLLERS) };

/** Where the API's adapters come from. */
export interface ApiAdapters {
  /** Exports RecordSink, TopicFollower, TopicScanner, PipelineProgress and AcceptedMessages. */
  readonly kafka: DynamicModule;
  /**
   * Exports the control plane's stores, those of redeliveries, ControlPublisher, DeliveryAccountReader,
   * DeliveryLogReader, DeadLetterIndex, RejectedIndex and IdempotencyKeys.
   */
  readonly postgres: DynamicModule;
  /** Exports UrlPolicy, OptionsSender, WebhookSender and EGRESS_CONFIG. */
  readonly egress: DynamicModule;
  /** Exports Mailer. */
  readonly mail: DynamicModule;
  /** Exports Transformer. */
  readonly transformation: DynamicModule;
}

export interface ApiConfig {
  readonly notifier: NotifierConfig;
  readonly portal: PortalConfig;
  readonly redelivery: RedeliveryConfig;
}

/** The API as a value. Its adapters come from outside. */
export class ApiModule {
  static with(
    { kafka, postgres, egress, mail, transformation }: ApiAdapters,
    { notifier, portal, redelivery }: ApiConfig,
  ): DynamicModule {
    return {
      module: ApiModule,
      imports: [
        kafka,
        postgres,
        egress,
        transformation,
        controlModule(kafka),
        idempotencyModule(postgres),
        NotifierModule.with({ kafka, mail }, notifier),
      ],
      controllers: API_CONTROLLERS,
      providers: [
        {
          provide: APP_INTERCEPTOR,
          inject: [IdempotentRequests],
          useFactory: (requests: IdempotentRequests) => new IdempotencyInterceptor(requests),
        },
        { provide: PORTAL_CONFIG, useValue: portal },
        KeyArrival,
        PortalAccess,
        Owned,
        EndpointAccess,
        EndpointCertificates,
        EndpointHeaderValues,
        EndpointSecrets,
        EndpointSecurity,
        ExpiredSecrets,
        MessageLookup,
        LogQuery,
        Explanations,
        Transformations,
        DeadLetterSelections,
        LaneProjection,
        REFERENCE,
        ExamplePayload,
        EndpointWellness,
        RecoveryRequest,
        RecoveryPreviews,
        RecoverySteps,
        RejectedRecords,
        RecoveryWorker,
        Trials,
        AccountAudit,
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
      transformation: transformationModule(env),
    },
    { notifier: loadNotifierConfig(env), portal: loadPortalConfig(env), redelivery: loadRedeliveryConfig(env) },
  ),
);
