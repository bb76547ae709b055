import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { Coalesce, OrganisationId, ValidationMode } from '@signpost/domain';

// The driver reads a bigint as text.
const asNumber = {
  to: (value: number | null) => value,
  from: (value: string | null) => (value === null ? null : Number(value)),
};

@Entity('event_types')
export class EventTypeEntity {
  @PrimaryColumn('text', { name: 'organisation_id' })
  organisationId!: OrganisationId;

  @PrimaryColumn('text')
  name!: string;

  @Column('text')
  description!: string;

  @Column('boolean')
  archived!: boolean;

  @Column('boolean')
  deprecated!: boolean;

  @Column('text', { name: 'feature_flag', nullable: true })
  featureFlag!: string | null;

  // json, not jsonb: the owner's schema is given back as it was written.
  @Column('json', { nullable: true })
  schemas!: Record<string, unknown> | null;

  @Column('bigint', { name: 'time_to_live_ms', nullable: true, transformer: asNumber })
  timeToLiveMs!: number | null;

  @Column('text', { nullable: true })
  coalesce!: Coalesce | null;

  @Column('text', { nullable: true })
  validation!: ValidationMode | null;

  @Column('integer')
  version!: number;

  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'updated_at' })
  updatedAt!: Date;

  @Column('timestamptz', { name: 'deleted_at', nullable: true })
  deletedAt!: Date | null;
}
