import type { LeaderFetch } from './leader-fetch.js';

/** One partition that is read, from where on. */
export class Target {
  /** Who fetches it; undefined while its leader is not known. */
  leader: LeaderFetch | undefined;
  paused = false;
  /** It is gone, or not to be asked for at the moment: an error waits, or where the log begins is being found out. */
  held = false;
  failures = 0;

  /** `position` is the offset to be read next. */
  constructor(
    readonly topic: string,
    readonly partition: number,
    public position: number,
  ) {}
}
