import type { EventDefinition } from './event-definition.js';
import { ACTION_COMPLETED } from './conversation/action-completed.js';
import { ACTION_FAILED } from './conversation/action-failed.js';
import { ACTION_REQUESTED } from './conversation/action-requested.js';
import { ACTION_TIMED_OUT } from './conversation/action-timed-out.js';
import { CONVERSATION_ENDED } from './conversation/conversation-ended.js';
import { CONVERSATION_RESOLVED } from './conversation/conversation-resolved.js';
import { CONVERSATION_STARTED } from './conversation/conversation-started.js';
import { FEEDBACK_NEGATIVE } from './conversation/feedback-negative.js';
import { FORM_SUBMITTED } from './conversation/form-submitted.js';
import { HANDOFF_ACCEPTED } from './conversation/handoff-accepted.js';
import { HANDOFF_REQUESTED } from './conversation/handoff-requested.js';
import { ISSUE_CLASSIFIED } from './conversation/issue-classified.js';
import { LEAD_CAPTURED } from './conversation/lead-captured.js';
import { MESSAGE_DELIVERED } from './conversation/message-delivered.js';
import { MESSAGE_FAILED } from './conversation/message-failed.js';
import { MESSAGE_READ } from './conversation/message-read.js';
import { MESSAGE_RECEIVED } from './conversation/message-received.js';
import { MESSAGE_SENT } from './conversation/message-sent.js';
import { RATING_SUBMITTED } from './conversation/rating-submitted.js';
import { RESPONSE_CONFIDENCE_CROSSED } from './conversation/response-confidence-crossed.js';
import { USER_IDENTIFIED } from './conversation/user-identified.js';
import { ENDPOINT_DISABLED } from './operational/endpoint-disabled.js';
import { ENDPOINT_FAILING } from './operational/endpoint-failing.js';
import { ENDPOINT_RECOVERED } from './operational/endpoint-recovered.js';
import { MESSAGE_ATTEMPT_EXHAUSTED } from './operational/message-attempt-exhausted.js';

/** Every event type that comes with Signpost. Operators add their own beside them. */
export const EVENT_CATALOGUE: readonly EventDefinition[] = [
  CONVERSATION_STARTED,
  CONVERSATION_ENDED,
  CONVERSATION_RESOLVED,
  MESSAGE_RECEIVED,
  MESSAGE_SENT,
  MESSAGE_DELIVERED,
  MESSAGE_READ,
  MESSAGE_FAILED,
  HANDOFF_REQUESTED,
  HANDOFF_ACCEPTED,
  FORM_SUBMITTED,
  RATING_SUBMITTED,
  FEEDBACK_NEGATIVE,
  LEAD_CAPTURED,
  USER_IDENTIFIED,
  ISSUE_CLASSIFIED,
  RESPONSE_CONFIDENCE_CROSSED,
  ACTION_REQUESTED,
  ACTION_COMPLETED,
  ACTION_FAILED,
  ACTION_TIMED_OUT,
  ENDPOINT_FAILING,
  ENDPOINT_DISABLED,
  ENDPOINT_RECOVERED,
  MESSAGE_ATTEMPT_EXHAUSTED,
];
