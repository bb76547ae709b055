import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { OrganisationId } from '@signpost/domain';

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

  @Column('integer')
  version!: number;

  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'updated_at' })
  updatedAt!: Date;

  @Column('timestamptz', { name: 'deleted_at', nullable: true })
  deletedAt!: Date | null;
}
