export interface Finding {
  readonly what: string;
  readonly state: 'ok' | 'warning' | 'fault';
  readonly text: string;
  /** What to do. */
  readonly next?: string;
}

export const ok = (what: string, text: string): Finding => ({ what, state: 'ok', text });
export const warning = (what: string, text: string, next: string): Finding => ({ what, state: 'warning', text, next });
export const fault = (what: string, text: string, next: string): Finding => ({ what, state: 'fault', text, next });
