import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { Actor, ApiKeyId, OrganisationId, Scope } from '@signpost/domain';

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

  /** Null: all. */
  @Column('text', { array: true, nullable: true })
  scopes!: Scope[] | null;

  /** Null for keys made before that was kept. */
  @Column('jsonb', { name: 'created_by', nullable: true })
  createdBy!: Actor | null;

  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;

  /** From then on it opens nothing; null: never. */
  @Column('timestamptz', { name: 'expires_at', nullable: true })
  expiresAt!: Date | null;

  @Column('timestamptz', { name: 'deleted_at', nullable: true })
  deletedAt!: Date | null;
}
