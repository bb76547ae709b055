import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, it, jest } from '@jest/globals';
import {
  ALERT_CASES,
  ALERTS,
  definitionOf,
  expressionOf,
  mutantsOf,
  promtoolFile,
  REAL_PACE,
  ruleFile,
  ruleFiles,
  type AlertDefinition,
  type RuleGroup,
} from '@signpost/monitoring';
import { describeWith, projectRoot } from '../toolchains.js';
import { ask } from './promtool.js';

// What is simulated is days; on a machine that is busy with other things that takes its time.
jest.setTimeout(600_000);

const prometheus = join(projectRoot, 'deploy', 'prometheus');
const kept = (folder: 'rules' | 'tests') =>
  globSync('*.yml', { cwd: join(prometheus, folder) }).map((name) => join(prometheus, folder, name));
const alertmanager = join(projectRoot, 'deploy', 'alertmanager', 'alertmanager.yml');

const GROUPS: readonly RuleGroup[] = Object.values(ruleFiles()).flat();
const told = ({ name, severity, labels = {} }: AlertDefinition): string =>
  [name, severity, ...Object.values(labels)].join(' ');

/** The alert alone, as it has been changed, with what it needs to have been recorded. */
function groupWith(original: AlertDefinition, changed: AlertDefinition): RuleGroup {
  const { name, recording = [] } = GROUPS.find(({ alerts = [] }) => alerts.includes(original)) ?? { name: 'alone' };
  const asked = expressionOf(original.conditions(REAL_PACE));
  return { name, recording: recording.filter(({ record }) => asked.includes(`${record}{`)), alerts: [changed] };
}

/** Whether the cases of the alert are told rightly once it has been changed. */
async function isToldRightly(original: AlertDefinition, changed: AlertDefinition): Promise<boolean> {
  const cases = ALERT_CASES.filter(({ alert }) => alert === original.name).map((each) => ({
    ...each,
    moments: each.moments.map((moment) => ({
      ...moment,
      firing: moment.firing.filter((one) => definitionOf(ALERTS, original.name, one) === original),
    })),
  }));
  const { isContent } = await ask('promtool', ['test', 'rules', 'tests.yml'], {
    'rules.yml': ruleFile([groupWith(original, changed)], { pace: REAL_PACE }),
    'tests.yml': promtoolFile({ ruleFiles: ['rules.yml'], cases, alerts: ALERTS }),
  });
  return isContent;
}

describeWith('monitoring', ['promtool'], 'the rules', () => {
  it('are rules, as Prometheus reads them', async () => {
    expect(await ask('promtool', ['check', 'rules', ...kept('rules')])).toMatchObject({ isContent: true });
  });

  it.each(kept('tests').map((file) => [basename(file), file]))(
    'tell what they should, and when: %s',
    async (_, file) => {
      const { isContent, text } = await ask('promtool', ['test', 'rules', file]);
      expect([isContent, isContent ? '' : text]).toEqual([true, '']);
    },
  );
});

/** One objective stands for the three: the same function makes them, and its spec says where their bounds lie. */
const SUBJECTS = ALERTS.filter(({ name }) => !['OnTimeBurn', 'IntakeAvailableBurn'].includes(name));

describeWith('monitoring', ['promtool'], 'the tests of the rules', () => {
  it.each(SUBJECTS.map((alert) => [told(alert), alert] as const))(
    'miss whatever is taken from %s',
    async (_, alert) => {
      expect(await isToldRightly(alert, alert)).toBe(true);
      const unnoticed: string[] = [];
      const mutants = mutantsOf(alert, alert.conditions(REAL_PACE));
      for (const mutant of mutants.filter(({ isMoved }) => !(isMoved && alert.name.endsWith('Burn')))) {
        if (await isToldRightly(alert, mutant.alert)) {
          unnoticed.push(`${mutant.what}: ${expressionOf(mutant.alert.conditions(REAL_PACE))}`);
        }
      }
      expect(unnoticed).toEqual([]);
    },
  );
});

describeWith('monitoring', ['amtool'], 'the example for Alertmanager', () => {
  it('is a configuration, as Alertmanager reads it', async () => {
    expect(await ask('amtool', ['check-config', alertmanager])).toMatchObject({ isContent: true });
  });

  it.each([
    ['a page', 'on-call', ['severity=page', 'alertname=SignpostTierOverdue']],
    ['a ticket', 'tickets', ['severity=ticket', 'alertname=SignpostProducerResends']],
    ['what says nothing of itself', 'tickets', ['alertname=Unknown']],
  ])('sends %s to %s', async (_, receiver, labels) => {
    const verify = ['config', 'routes', 'test', `--config.file=${alertmanager}`, `--verify.receivers=${receiver}`];
    expect(await ask('amtool', [...verify, ...labels])).toMatchObject({ isContent: true });
  });

  it('has nothing of an address or a key in it', () => {
    const text = readFileSync(alertmanager, 'utf8');
    expect(text).not.toMatch(/(api_url|routing_key|service_key|password|token|secret):/);
  });
});
