import type { CommandSpecification } from '../specification/command.js';
import { APPLICATIONS } from './applications/specification.js';
import { AUDIT } from './audit/specification.js';
import { COMPLETE, COMPLETION } from './completion/specification.js';
import { DEAD_LETTERS } from './dead-letters/specification.js';
import { DELIVERIES } from './deliveries/specification.js';
import { DOCTOR } from './doctor/specification.js';
import { ENDPOINTS } from './endpoints/specification.js';
import { EVENT_TYPES } from './event-types/specification.js';
import { EXPLAIN } from './explain/specification.js';
import { LISTEN } from './listen/specification.js';
import { CONFIG, LOGIN, LOGOUT } from './profiles/specification.js';
import { SEND, TRIGGER } from './publishing/specification.js';
import { RECOVERY } from './recovery/specification.js';
import { REJECTED } from './rejected/specification.js';
import { REPLAY } from './replay/specification.js';
import { SINK } from './sink/specification.js';
import { TRANSFORMATIONS } from './transformations/specification.js';
import { VERIFY } from './verify/specification.js';

/** Every command, in the order of the help: from the first day on to the worst. */
export const COMMANDS: readonly CommandSpecification[] = [
  LOGIN,
  LOGOUT,
  CONFIG,
  APPLICATIONS,
  ENDPOINTS,
  TRANSFORMATIONS,
  EVENT_TYPES,
  SEND,
  TRIGGER,
  LISTEN,
  SINK,
  VERIFY,
  DELIVERIES,
  EXPLAIN,
  REPLAY,
  DEAD_LETTERS,
  REJECTED,
  RECOVERY,
  AUDIT,
  DOCTOR,
  COMPLETION,
  COMPLETE,
];
