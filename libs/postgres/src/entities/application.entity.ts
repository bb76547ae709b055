import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { ApplicationId, OrganisationId, ValidationMode } from '@signpost/domain';

@Entity('applications')
export class ApplicationEntity {
  @PrimaryColumn('text')
  id!: ApplicationId;

  @Column('text', { name: 'organisation_id' })
  organisationId!: OrganisationId;

  @Column('text', { nullable: true })
  uid!: string | null;

  @Column('text')
  name!: string;

  @Column('jsonb')
  metadata!: Record<string, string>;

  @Column('integer', { name: 'throttle_rate', nullable: true })
  throttleRate!: number | null;

  @Column('integer', { nullable: true })
  weight!: number | null;

  @Column('integer', { name: 'intake_quota', nullable: true })
  intakeQuota!: number | null;

  @Column('text', { name: 'notify_emails', array: true, nullable: true })
  notifyEmails!: string[] | null;

  @Column('jsonb', { nullable: true })
  validation!: Record<string, ValidationMode> | null;

  @Column('integer')
  version!: number;

  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'updated_at' })
  updatedAt!: Date;

  @Column('timestamptz', { name: 'deleted_at', nullable: true })
  deletedAt!: Date | null;
}
