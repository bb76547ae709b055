import { names, unnest } from '../delivery-log/columns.js';
import { MARK_COLUMNS, RUN_COLUMNS } from './rows.js';

// Rows of their own rather than one for each minute: two batches never wait for each other, and a mark that is written while
// its minute is counted outlives the count.
export const INSERT_MARKS = `INSERT INTO account_marks (${names(MARK_COLUMNS)})
  SELECT ${names(MARK_COLUMNS)} FROM ${unnest(MARK_COLUMNS, 'm')}`;

export const UPSERT_RUNS = `INSERT INTO runs AS r (${names(RUN_COLUMNS)})
  SELECT ${names(RUN_COLUMNS)} FROM ${unnest(RUN_COLUMNS, 'n')}
  ON CONFLICT (delivery_id, number) DO UPDATE SET
    notes = r.notes | excluded.notes,
    at = greatest (r.at, excluded.at),
    standing = greatest (r.standing, excluded.standing),
    state = CASE WHEN excluded.standing > r.standing THEN excluded.state ELSE r.state END,
    next_attempt_at = CASE WHEN excluded.standing > r.standing THEN excluded.next_attempt_at ELSE r.next_attempt_at END
  WHERE excluded.standing > r.standing OR (excluded.notes & ~r.notes) <> 0 OR excluded.at > r.at`;
