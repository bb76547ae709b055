import type { Severity } from '../alerts/alert.js';
import { MINUTE } from '../rules/pace.js';

/** What Prometheus is shown, minute by minute, and which alerts of one name it has to tell of it, and when. */
export interface AlertCase {
  /** The name of the alerts that are looked at. */
  readonly alert: string;
  /** What happens, in words. */
  readonly what: string;
  /** Series as a scrape finds them, with their values in promtool's notation: '0+1x10' is 0, 1, … 10. */
  readonly input: Readonly<Record<string, string>>;
  /** Between two values. */
  readonly everySeconds: number;
  readonly moments: readonly Moment[];
}

export interface Moment {
  readonly atSeconds: number;
  /** All of the name that are firing then; none is a moment, too. */
  readonly firing: readonly Firing[];
}

export interface Firing {
  readonly severity: Severity;
  /** Beside the severity. */
  readonly labels: Readonly<Record<string, string>>;
  /** The value, as the summary shows it; '' where it shows none. */
  readonly value: string;
}

type Events = Readonly<Record<string, string>>;

/** The moments of a case, one after the other, each in minutes. */
export class Story {
  private constructor(private readonly told: AlertCase) {}

  static of(alert: string, what: string, input: Events, everySeconds: number = MINUTE): Story {
    return new Story({ alert, what, input, everySeconds, moments: [] });
  }

  quiet(...minutes: readonly number[]): Story {
    return minutes.reduce<Story>((story, minute) => story.and(minute, []), this);
  }

  fires(minute: number, ...firing: readonly Firing[]): Story {
    return this.and(minute, firing);
  }

  get case(): AlertCase {
    return this.told;
  }

  private and(minute: number, firing: readonly Firing[]): Story {
    const moment = { atSeconds: minute * MINUTE, firing };
    return new Story({ ...this.told, moments: [...this.told.moments, moment] });
  }
}

export const page = (labels: Firing['labels'] = {}, value = ''): Firing => ({ severity: 'page', labels, value });
export const ticket = (labels: Firing['labels'] = {}, value = ''): Firing => ({ severity: 'ticket', labels, value });

/** One value for so many steps more. */
export const steady = (value: number, steps: number): string => `${String(value)}+0x${String(steps)}`;

/** First the one value up to that step, then the other for so many. */
export const changed = (before: number, step: number, after: number, steps: number): string =>
  `${steady(before, step)} ${steady(after, steps - 1)}`;

/** A counter that grows by so much each step, then by so much. */
export function counted(...parts: readonly (readonly [perStep: number, steps: number])[]): string {
  let value = 0;
  const texts = parts.map(([perStep, steps]) => {
    const from = value + perStep;
    value += perStep * steps;
    return `${String(from)}+${String(perStep)}x${String(steps - 1)}`;
  });
  return ['0', ...texts].join(' ');
}
