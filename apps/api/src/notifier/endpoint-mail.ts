import type { EndpointFact, LastFailure } from '@signpost/contracts';
import type { Application, Endpoint } from '@signpost/domain';

export interface MailText {
  readonly subject: string;
  readonly text: string;
}

/** Whom it concerns: those the endpoint names, else those its application names, else the operator. */
export function recipients(
  endpoint: Endpoint,
  application: Application,
  operator: readonly string[],
): readonly string[] {
  return endpoint.notifyEmails ?? application.notifyEmails ?? operator;
}

/** What happened, to which endpoint, since when and why, what comes next, and what to do. */
export function endpointMail(fact: EndpointFact, endpoint: Endpoint, application: Application): MailText {
  const { subject, happened, next } = words(fact);
  const about = [
    ['Application', application.uid === undefined ? application.name : `${application.name} (${application.uid})`],
    ['Endpoint', endpoint.uid === undefined ? endpoint.id : `${endpoint.id} (${endpoint.uid})`],
    ['URL', shownUrl(endpoint.url)],
    ...(endpoint.description === undefined ? [] : [['Description', endpoint.description]]),
    ['Failing since', time(fact.failingSinceMs)],
    ...(fact.state === 'recovered' ? [] : [['Last failure', `${described(fact.lastFailure)}, ${time(fact.atMs)}`]]),
  ];
  const lines = about.map(([name = '', value = '']) => `${`${name}:`.padEnd(15)}${value.replaceAll(/\s+/g, ' ')}`);
  return {
    subject: `${subject}: ${hostOf(endpoint.url)} (${endpoint.id})`,
    text: [happened, '', ...lines, '', ...next, ''].join('\n'),
  };
}

function words(fact: EndpointFact): { subject: string; happened: string; next: readonly string[] } {
  switch (fact.state) {
    case 'warned':
      return {
        subject: 'Webhook endpoint is failing',
        happened: 'Every delivery to this webhook endpoint has failed for a while.',
        next: [
          `What happens next: deliveries are tried again by the endpoint's schedule. If nothing succeeds, the endpoint`,
          `is disabled about ${time(fact.disablesAtMs)} (${String(fact.percent)} % of that time has passed).`,
          '',
          `What to do: make the URL answer with a status from 200 to 299, or correct it. One success ends this.`,
        ],
      };
    case 'disabled':
      return {
        subject: 'Webhook endpoint disabled',
        happened: disabledBecause[fact.reason],
        next: [
          'What happens next: nothing is sent to it any more. New deliveries are kept, for up to two weeks.',
          '',
          'What to do: make the URL answer with a status from 200 to 299, or correct it, and enable the endpoint.',
          'What was kept is then delivered, oldest first.',
        ],
      };
    case 'recovered':
      return {
        subject: 'Webhook endpoint has recovered',
        happened: `Deliveries to this webhook endpoint succeed again, since ${time(fact.atMs)}.`,
        next: ['What happens next: failed deliveries are tried again by their schedule. There is nothing to do.'],
      };
  }
}

const disabledBecause = {
  failing: 'This webhook endpoint was disabled: every delivery to it has failed for too long.',
  gone: 'This webhook endpoint was disabled: it answered 410, which asks for no more deliveries.',
} as const;

function described({ reason, status }: LastFailure): string {
  return status === undefined ? reason : `the endpoint answered ${String(status)}`;
}

/** Without user, password and query: they may hold secrets, and a mail is read by many. */
function shownUrl(text: string): string {
  const url = URL.parse(text);
  return url === null ? '' : `${url.origin}${url.pathname}`;
}

const hostOf = (text: string): string => URL.parse(text)?.host ?? '';
const time = (atMs: number): string => `${new Date(atMs).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
