import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { ApiKeyId, OrganisationId } from '@signpost/domain';

@Entity('organisations')
export class OrganisationEntity {
  @PrimaryColumn('text')
  id!: OrganisationId;

  @Column('text')
  name!: string;

  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;
}

@Entity('api_keys')
export class ApiKeyEntity {
  @PrimaryColumn('text')
  id!: ApiKeyId;

  @Column('text', { name: 'organisation_id' })
  organisationId!: OrganisationId;

  @Column('text')
  name!: string;

  @Column('text')
  prefix!: string;

  /** Hex SHA-256 of the key's text. */
  @Column('text')
  hash!: string;

  @Column('integer')
  version!: number;

  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'deleted_at', nullable: true })
  deletedAt!: Date | null;
}
