import { describe, expect, it } from '@jest/globals';
import { newId } from '@signpost/domain';
import { roleEnvironment } from './environment.js';

const facts = {
  kafka: { address: '127.0.0.1:9092', embedded: true },
  postgres: { address: 'postgresql://here', embedded: true },
  masterKey: 'master',
  logFile: 'log',
  organisationId: newId('org', 0),
};

describe('roleEnvironment', () => {
  it('is for one machine: one broker, listeners and receivers on loopback', () => {
    expect(roleEnvironment({}, facts)).toMatchObject({
      HOST: '127.0.0.1',
      KAFKA_BROKERS: '127.0.0.1:9092',
      KAFKA_REPLICATION: '1',
      EGRESS_ALLOWED_NETWORKS: '127.0.0.0/8,::1/128',
    });
  });

  it('lets the caller decide', () => {
    const given = { EGRESS_ALLOWED_NETWORKS: '10.0.0.0/8', LOG_LEVEL: 'debug', HOST: '' };
    expect(roleEnvironment(given, facts)).toMatchObject({
      EGRESS_ALLOWED_NETWORKS: '10.0.0.0/8',
      LOG_LEVEL: 'debug',
      HOST: '127.0.0.1',
    });
  });

  it('takes source topics for those of the one organisation that a database of our own has', () => {
    expect(roleEnvironment({}, facts)['INGEST_SOURCE_ORGANISATION']).toBe(facts.organisationId);
    const another = newId('org', 1);
    expect(roleEnvironment({ INGEST_SOURCE_ORGANISATION: another }, facts)['INGEST_SOURCE_ORGANISATION']).toBe(another);
    const theirs = { ...facts, postgres: { address: 'postgresql://there', embedded: false } };
    expect(roleEnvironment({}, theirs)['INGEST_SOURCE_ORGANISATION']).toBeUndefined();
  });

  it('leaves the layout of topics on a cluster of the caller to the caller', () => {
    const env = roleEnvironment({}, { ...facts, kafka: { address: 'cluster:9092', embedded: false } });
    expect(env['KAFKA_REPLICATION']).toBeUndefined();
  });
});
