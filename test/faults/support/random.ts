/** SIGNPOST_TEST_SEED repeats a run's choices; each test prints the seed that it used. */
export function testSeed(): number {
  const given = process.env['SIGNPOST_TEST_SEED'];
  return given === undefined || given === '' ? Date.now() % 1_000_000 : Number(given);
}

/** Numbers from 0 up to 1 (mulberry32): the same for the same seed. */
export class Random {
  private state: number;

  constructor(readonly seed: number) {
    this.state = seed | 0;
  }

  next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }

  /** A whole number from `least` up to and including `most`. */
  between(least: number, most: number): number {
    return least + Math.floor(this.next() * (most - least + 1));
  }
}
