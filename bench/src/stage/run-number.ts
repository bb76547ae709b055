let last = 0;

/** Every payload carries its run's number, so that no late arrival of one run counts in the next. */
export function nextRun(): number {
  last += 1;
  return last;
}
