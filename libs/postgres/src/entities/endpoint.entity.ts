import { Column, Entity, PrimaryColumn } from 'typeorm';
import type {
  ApplicationId,
  DeliveryPermission,
  EndpointAuthentication,
  EndpointId,
  EndpointPause,
  EndpointTimeouts,
  EndpointTls,
  Ordering,
  RetiredSecret,
} from '@signpost/domain';
import type { KeptTransformation } from '@signpost/ports';

@Entity('endpoints')
export class EndpointEntity {
  @PrimaryColumn('text')
  id!: EndpointId;

  @Column('text', { name: 'application_id' })
  applicationId!: ApplicationId;

  @Column('text', { nullable: true })
  uid!: string | null;

  @Column('text')
  url!: string;

  @Column('text')
  description!: string;

  @Column('boolean')
  disabled!: boolean;

  @Column('text', { name: 'disabled_reason', nullable: true })
  disabledReason!: string | null;

  @Column('text', { name: 'event_types', array: true, nullable: true })
  eventTypes!: string[] | null;

  @Column('text', { array: true, nullable: true })
  channels!: string[] | null;

  /** ContentFilter[]; the mapper's types cannot say so. */
  @Column('json', { nullable: true })
  filters!: readonly object[] | null;

  @Column('jsonb')
  metadata!: Record<string, string>;

  /** Its own, each value sealed. */
  @Column('jsonb', { nullable: true })
  headers!: Readonly<Record<string, string>> | null;

  @Column('integer', { name: 'throttle_rate', nullable: true })
  throttleRate!: number | null;

  /** Waits in milliseconds. */
  @Column('jsonb', { name: 'retry_schedule' })
  retrySchedule!: number[];

  @Column('jsonb', { nullable: true })
  ordering!: Ordering | null;

  /** Sealed, newest first. */
  @Column('text', { array: true })
  secrets!: string[];

  /** Those before that still sign, newest first; null: none. */
  @Column('jsonb', { name: 'retired_secrets', nullable: true })
  retiredSecrets!: readonly RetiredSecret[] | null;

  /** What is secret of it is sealed. */
  @Column('jsonb', { nullable: true })
  authentication!: EndpointAuthentication | null;

  @Column('jsonb', { nullable: true })
  timeouts!: EndpointTimeouts | null;

  @Column('jsonb', { nullable: true })
  paused!: EndpointPause | null;

  /** Its private key is sealed. */
  @Column('jsonb', { nullable: true })
  tls!: EndpointTls | null;

  @Column('jsonb', { nullable: true })
  permission!: DeliveryPermission | null;

  @Column('text', { name: 'notify_emails', array: true, nullable: true })
  notifyEmails!: string[] | null;

  /** Its code is sealed. */
  @Column('jsonb', { nullable: true })
  transformation!: KeptTransformation | null;

  @Column('integer')
  version!: number;

  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'updated_at' })
  updatedAt!: Date;

  @Column('timestamptz', { name: 'deleted_at', nullable: true })
  deletedAt!: Date | null;
}
