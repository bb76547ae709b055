import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { TOPICS } from '@signpost/contracts';
import { OBJECTIVES } from '@signpost/monitoring';
import { CertificateAuthority } from '@signpost/testing';
import { describeWith } from '../toolchains.js';
import { DeadHosts } from './dead-hosts.js';
import { Stage } from './stage.js';

jest.setTimeout(900_000);

/** What follows from any harm where a minute is three seconds, or says that the machine of the test is busy. */
const AT_ANY_TIME = [
  ...OBJECTIVES.map(({ alert }) => alert),
  'EventLoopBlocked',
  'ProducerResends',
  // Its half hour is not three seconds a minute, and the account begins to be settled a quarter of an hour after the first start.
  'AccountUnsettled',
];

interface Drill {
  readonly harm: (stage: Stage) => Promise<unknown>;
  readonly mend: (stage: Stage) => Promise<unknown>;
  /** Has to be told, and to end. */
  readonly tells: readonly string[];
  /** Follows from the same, and may be told. */
  readonly mayTell: readonly string[];
  /** So that the next begins where this one did. */
  readonly leave?: (stage: Stage) => Promise<unknown>;
}

/** Enough to tell, and so few that they cannot be both unreachable and merely failing. */
const MANY = 11;
const hosts = new DeadHosts();
const pathsOf = (url: string): readonly string[] => Array.from({ length: MANY }, (_, n) => `${url}/fails-${String(n)}`);

const HALF_A_WEEK_MS = 302_400_000;
const DRILLS: Readonly<Record<string, Drill>> = {
  'the retry scheduler is killed': {
    harm: ({ deployment }) => deployment.process('retry-scheduler').kill(),
    mend: ({ deployment }) => deployment.process('retry-scheduler').restart(),
    tells: ['TierOverdue', 'ProcessDown'],
    mayTell: [],
  },
  'the dispatcher is killed': {
    harm: ({ deployment }) => deployment.process('dispatcher').kill(),
    mend: ({ deployment }) => deployment.process('dispatcher').restart(),
    tells: ['ConsumerStuck', 'ProcessDown'],
    mayTell: ['BacklogOld'],
  },
  'PostgreSQL is stopped': {
    harm: ({ postgres }) => postgres.stop(),
    mend: ({ postgres }) => postgres.restart(),
    tells: ['RecorderBehind'],
    mayTell: ['DatabasePoolExhausted', 'IntakeUnchecked', 'OutboxBehind'],
  },
  'most hosts cannot be reached': {
    harm: async (stage) => {
      await hosts.reserve(MANY);
      await stage.application('unreachable', hosts.urls);
    },
    mend: () => hosts.listen(),
    tells: ['EgressBroken'],
    mayTell: [],
    leave: async (stage) => {
      await stage.forget('unreachable');
      await hosts.close();
    },
  },
  'most endpoints fail, and their host answers': {
    harm: (stage) => stage.application('failing', pathsOf(stage.receiverUrl)),
    mend: (stage) => stage.forget('failing'),
    tells: ['EndpointsFailing'],
    mayTell: [],
  },
  'a client certificate is near its end': {
    harm: (stage) => stage.application('certified', []).then(() => withCertificate(stage, HALF_A_WEEK_MS)),
    mend: (stage) => stage.forget('certified'),
    tells: ['CertificateExpiry'],
    mayTell: [],
  },
  // The last: what it tells of takes an hour of the rules to end.
  'somebody writes to a topic of ours': {
    harm: ({ sink }) => sink.append({ topic: TOPICS.deliveries, key: 'nobody', value: Buffer.from('?'), headers: {} }),
    mend: () => Promise.resolve(),
    tells: ['DeadLetterGrowth'],
    mayTell: ['RecordsUnreadable'],
  },
};

async function withCertificate({ deployment, receiverUrl }: Stage, goodForMs: number): Promise<void> {
  const client = CertificateAuthority.create().issue({
    hosts: ['signpost.acme.example'],
    notAfter: new Date(Date.now() + goodForMs),
  });
  await deployment.call('POST', '/api/v1/app/certified/endpoint', {
    url: receiverUrl.replace('http:', 'https:'),
    tls: { certificate: client.cert, privateKey: client.key },
    disabled: true,
  });
}

describeWith('drills', ['prometheus', 'prometheus-alertmanager'], 'drills', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await Stage.open();
    await stage.quiet(AT_ANY_TIME);
  }, 600_000);
  afterAll(async () => {
    await stage.close();
    await hosts.close();
  });

  it.each(Object.entries(DRILLS))('%s', async (_, { harm, mend, tells, mayTell, leave }) => {
    await stage.quiet(AT_ANY_TIME);
    const place = stage.alertmanager.told.length;
    await harm(stage);
    await stage.sent('firing', tells, place);
    await mend(stage);
    await stage.sent('resolved', tells, place);
    await leave?.(stage);
    // What began before may end here.
    const begun = stage.since(place).filter(({ status }) => status === 'firing');
    const told = [...new Set(begun.map(({ alert }) => alert))];
    expect(told.filter((name) => ![...tells, ...mayTell, ...AT_ANY_TIME].includes(name))).toEqual([]);
    for (const { labels, receiver, annotations } of stage.since(place)) {
      expect(receiver).toBe(labels['severity'] === 'page' ? 'on-call' : 'tickets');
      expect(annotations['runbook_url']).toMatch(/^docs\/runbooks\/[a-z-]+\.md$/);
    }
  });
});
