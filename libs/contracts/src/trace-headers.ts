import { LONGEST_TRACESTATE, TRACEPARENT_LENGTH, type TraceCarrier } from '@signpost/domain';
import { headerText, type RecordHeaders } from './headers.js';

/** As W3C Trace Context names them; Kafka has no names of its own for them. */
export const TRACE_HEADER = { parent: 'traceparent', state: 'tracestate' } as const;

export function traceHeaders({ traceparent, tracestate }: TraceCarrier): RecordHeaders {
  const headers = { [TRACE_HEADER.parent]: traceparent };
  return tracestate === undefined ? headers : { ...headers, [TRACE_HEADER.state]: tracestate };
}

/** Of a record of our own topics, to be passed on as it is: it is read only where something is told of its trace. */
export function traceOf(headers: RecordHeaders | undefined): TraceCarrier | undefined {
  const traceparent = headerText(headers, TRACE_HEADER.parent);
  if (traceparent?.length !== TRACEPARENT_LENGTH) return undefined;
  const tracestate = headerText(headers, TRACE_HEADER.state);
  return tracestate === undefined || tracestate.length > LONGEST_TRACESTATE
    ? { traceparent }
    : { traceparent, tracestate };
}
