import { HIGHEST_REDELIVERY, REDELIVERY_BIT } from '../delivery-log/standing.js';

/** Of a row `d` of `deliveries`: the redelivery whose state it shows. */
export const TOLD = `(d.standing >> ${String(REDELIVERY_BIT)} & ${String(HIGHEST_REDELIVERY)})::int`;
