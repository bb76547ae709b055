import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import pg from 'pg';
import { checkQuery, comparedParts, knownSeries, VARIABLE_QUERIES } from '@signpost/monitoring';
import { METRICS } from '@signpost/observability';
import { Deployment, freshDatabase, freshFolder, freshTopicPrefix, testKafkaBrokers } from '@signpost/testing';
import { describeWith, projectRoot } from '../toolchains.js';
import { askedByPanels, mayBeEmpty, promqlAsAsked, ruleFiles, rules, sqlAsAsked } from './panels.js';
import { Prometheus } from './prometheus.js';
import { Traffic } from './traffic.js';

/** For all to be there once: what is waited for comes after seconds, on a busy machine later. */
const PATIENCE_MS = 150_000;

jest.setTimeout(PATIENCE_MS + 60_000);

describeWith('monitoring', ['prometheus'], 'what dashboards and rules ask for', () => {
  let deployment: Deployment;
  let traffic: Traffic;
  let prometheus: Prometheus;
  let database: pg.Client;
  /** What runs, the last first. */
  const endings: (() => Promise<unknown>)[] = [];

  beforeAll(async () => {
    const brokers = testKafkaBrokers();
    const databaseUrl = await freshDatabase();
    const source = `platform-${freshTopicPrefix()}events`;
    const producer = await Traffic.prepare(brokers, source);
    endings.unshift(() => producer.disconnect());
    deployment = await Deployment.start({
      kafkaBrokers: brokers,
      databaseUrl,
      folder: freshFolder(),
      topicPrefix: freshTopicPrefix(),
      env: { INGEST_SOURCE_TOPICS: source, INGEST_APPLICATION_WAIT_MS: '0' },
    });
    endings.unshift(() => deployment.stop());
    const targets = deployment.all.map(({ url, role }) => ({ address: new URL(url).host, labels: { service: role } }));
    prometheus = await Prometheus.start({ targets, rules: ruleFiles(), intervalSeconds: 1 });
    endings.unshift(() => prometheus.stop());
    traffic = await Traffic.begin(deployment, producer, source);
    endings.unshift(() => traffic.stop());
    await traffic.redrive();
    database = new pg.Client(databaseUrl);
    await database.connect();
    endings.unshift(() => database.end());
    await database.query(readFileSync(join(projectRoot, 'deploy', 'grafana', 'reader.sql'), 'utf8'));
    // As Grafana is let in, and no more.
    await database.query('SET ROLE signpost_reader');
  }, PATIENCE_MS);
  afterAll(async () => {
    for (const end of endings) await end();
  });

  /** Those that find nothing, or no number, however long one waits: what nobody feeds has quantiles that are none. */
  async function emptyAmong(expressions: readonly string[]): Promise<readonly string[]> {
    let left = [...expressions];
    await prometheus
      .until('every query to find something', PATIENCE_MS, async () => {
        const found = await Promise.all(left.map((each) => prometheus.query(promqlAsAsked(each))));
        left = left.filter((_, at) => found[at]?.every(({ value }) => Number.isNaN(value)) ?? true);
        return left.length === 0;
      })
      .catch((error: unknown) => {
        // A query that is refused is a fault of another kind than one that finds nothing.
        if (String(error).includes('Prometheus refuses')) throw error;
      });
    return left;
  }

  it('finds something for every query of every panel', async () => {
    const excused = mayBeEmpty();
    const asked = askedByPanels().filter(({ kind }) => kind === 'promql');
    expect(asked.length).toBeGreaterThan(80);
    const certain = asked.filter(({ query }) => !excused.has(query)).map(({ query }) => query);
    const empty = await emptyAmong([...new Set(certain)]);
    expect(asked.filter(({ query }) => empty.includes(query))).toEqual([]);
    for (const query of excused) if (!query.startsWith('SELECT')) await prometheus.query(promqlAsAsked(query));
  });

  it('finds rows for every query of the delivery log, with the rights that Grafana is given', async () => {
    const excused = mayBeEmpty();
    const asked = askedByPanels().filter(({ kind }) => kind === 'sql');
    expect(asked.length).toBeGreaterThan(5);
    const lists = Object.values(VARIABLE_QUERIES).map((query) => ({ dashboard: '', panel: 'a variable', query }));
    for (const { dashboard, panel, query } of [...asked, ...lists]) {
      await prometheus.until(`${dashboard}: ${panel} to find rows`, PATIENCE_MS, async () => {
        const { rows } = await database.query(sqlAsAsked(query, traffic.application, traffic.endpoints));
        return rows.length > 0 || excused.has(query);
      });
    }
    for (const hidden of [
      'payload FROM messages',
      'response_body FROM attempts',
      'secrets FROM endpoints',
      'hash FROM api_keys',
    ])
      await expect(database.query(`SELECT ${hidden}`)).rejects.toThrow(/permission denied/);
  });

  it('finds something for what every rule looks at', async () => {
    const all = rules();
    const vectors = all.flatMap(({ expr }) => comparedParts(expr));
    for (const { expr } of all) await prometheus.query(expr);
    const empty = await emptyAmong([...new Set(vectors)]);
    expect(empty).toEqual([]);
  });

  it('would find nothing for a metric that is misspelt, and the check of queries says so first', async () => {
    const misspelt = 'sum(rate(signpost_atempts_total{job="$job"}[$__rate_interval]))';
    expect(await prometheus.query(promqlAsAsked(misspelt))).toEqual([]);
    expect(checkQuery(misspelt, { of: 'dashboard' }).map(({ code }) => code)).toEqual(['unknown-metric']);
    const misspeltLabel = 'sum(rate(signpost_attempts_total{outcome="deliverd"}[$__rate_interval]))';
    expect(await prometheus.query(promqlAsAsked(misspeltLabel))).toEqual([]);
    expect(checkQuery(misspeltLabel, { of: 'dashboard' }).map(({ code }) => code)).toEqual(['unknown-value']);
  });

  it('is in the scrape of every process, all of the catalogue and nothing beside it', async () => {
    const catalogue = Object.values(METRICS).map(({ name }) => name);
    const known = knownSeries();
    for (const { role, url } of deployment.all) {
      const text = await (await fetch(`${url}/metrics`)).text();
      const families = [...text.matchAll(/^# TYPE (\w+) (\w+)/gm)].map(([, name = '', type]) =>
        type === 'histogram' ? `${name}_count` : name,
      );
      expect([role, families.filter((name) => !known.has(name))]).toEqual([role, []]);
      expect([role, catalogue.filter((name) => !text.includes(`# TYPE ${name} `))]).toEqual([role, []]);
    }
  });
});
