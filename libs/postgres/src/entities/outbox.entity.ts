import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';
import type { ControlKind } from '@signpost/domain';

/** A note that something changed; the relay publishes what it is now and removes the note. */
@Entity('outbox')
export class OutboxEntity {
  @PrimaryGeneratedColumn('identity', { type: 'bigint', generatedIdentity: 'ALWAYS' })
  sequence!: string;

  @Column('text')
  kind!: ControlKind;

  @Column('text')
  id!: string;
}
