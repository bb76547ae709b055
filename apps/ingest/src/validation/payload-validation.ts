import {
  EVENT_CATALOGUE,
  validationMode,
  type ControlView,
  type EventType,
  type OrganisationId,
  type SaysWhatIsChecked,
  type ValidationMode,
} from '@signpost/domain';
import { PayloadSchema, type PayloadFault } from '@signpost/domain/schema-validation';
import type { Log, Metrics } from '@signpost/observability';
import type { QuotedApplication } from '../quotas/intake-quotas.js';

/** What intake has to know of an application. */
export type AcceptingApplication = QuotedApplication & SaysWhatIsChecked;

/** An event on its way in. */
export interface CheckedEvent {
  readonly organisationId: OrganisationId;
  readonly application: AcceptingApplication;
  readonly eventType: string;
  /** What was parsed of the payload on its way in. */
  readonly payload: () => unknown;
}

/** A payload that does not fit, and what becomes of it. */
export interface Mismatch {
  readonly mode: Exclude<ValidationMode, 'off'>;
  readonly faults: readonly PayloadFault[];
}

/** What stands for a schema: its event type as it is known now, or one of the catalogue. */
type Source = object;

/** Checks payloads by the schema of their event type, for those applications and types that want it. */
export class PayloadValidation {
  /** With the event type as it was goes its schema; 'unusable': it cannot be compiled. */
  private readonly schemas = new WeakMap<Source, PayloadSchema | 'unusable'>();

  constructor(
    private readonly view: ControlView,
    private readonly metrics: Metrics,
    private readonly log: Log,
  ) {}

  /** Undefined: the payload fits, or nobody wants it checked. */
  mismatch({ organisationId, application, eventType, payload }: CheckedEvent): Mismatch | undefined {
    const known = this.view.eventType(organisationId, eventType);
    const mode = validationMode(application, known, eventType);
    if (mode === 'off') return undefined;
    const schema = this.schemaOf(known, eventType);
    if (schema === undefined) return undefined;
    const faults = schema === 'unusable' ? undefined : this.faults(schema, eventType, payload());
    if (faults === undefined) {
      this.metrics.of.payloadsChecked.inc({ mode, result: 'unusable' });
      return undefined;
    }
    this.metrics.of.payloadsChecked.inc({ mode, result: faults.length === 0 ? 'valid' : 'invalid' });
    return faults.length === 0 ? undefined : { mode, faults };
  }

  private faults(schema: PayloadSchema, eventType: string, payload: unknown): readonly PayloadFault[] | undefined {
    try {
      return schema.faults(payload);
    } catch (error) {
      this.log.warn(UNUSABLE, { eventType, err: error });
      return undefined;
    }
  }

  private schemaOf(known: EventType | undefined, name: string): PayloadSchema | 'unusable' | undefined {
    if (known?.schema !== undefined) return this.compiled(known, () => JSON.parse(known.schema ?? 'true') as unknown);
    const shipped = CATALOGUE.get(name);
    return shipped === undefined ? undefined : this.compiled(shipped, () => shipped.schema);
  }

  private compiled(source: Source & { readonly name: string }, read: () => unknown): PayloadSchema | 'unusable' {
    const kept = this.schemas.get(source);
    if (kept !== undefined) return kept;
    const made = this.compile(source.name, read);
    this.schemas.set(source, made);
    return made;
  }

  private compile(eventType: string, read: () => unknown): PayloadSchema | 'unusable' {
    try {
      return new PayloadSchema(read());
    } catch (error) {
      // Only one from before schemas were looked at: nobody who publishes could do anything about it.
      this.log.warn(UNUSABLE, { eventType, err: error });
      return 'unusable';
    }
  }
}

const UNUSABLE = 'an event type has a schema that cannot be used; payloads are let through';
const CATALOGUE = new Map(EVENT_CATALOGUE.map((event) => [event.name, event] as const));
