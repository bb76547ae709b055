import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { newId } from '@signpost/domain';
import { loadIngestConfig } from '../ingest.config.js';

const organisationId = newId('org', 0);

function load(content: unknown, env: Record<string, string> = {}) {
  const file = join(mkdtempSync(join(tmpdir(), 'signpost-sources-')), 'sources.json');
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  return loadIngestConfig({ INGEST_SOURCES_FILE: file, ...env }).sources;
}

const faultOf = (content: unknown, env?: Record<string, string>): string => {
  try {
    load(content, env);
  } catch (error) {
    return (error as Error).message;
  }
  return 'none';
};

const JSON_SOURCE = { topic: 't', format: 'json', map: { application: { value: 'acme' }, type: { path: '/kind' } } };

describe('the file of sources', () => {
  it('says of each topic how it is read, beside those that are named alone', () => {
    const other = newId('org', 1);
    const env = { INGEST_SOURCE_TOPICS: 'plain', INGEST_SOURCE_ORGANISATION: organisationId };
    const events = {
      topic: 'events',
      organisation: other,
      format: 'cloudevents',
      map: { conversation: { attribute: 'subject' } },
    };
    expect(load({ sources: [events, JSON_SOURCE] }, env)).toEqual([
      { topic: 'plain', organisationId, format: 'cloudevents', map: {} },
      {
        topic: 'events',
        organisationId: other,
        format: 'cloudevents',
        map: { conversation: { attribute: 'subject' } },
      },
      { topic: 't', organisationId, format: 'json', map: { application: { value: 'acme' }, type: { path: ['kind'] } } },
    ]);
  });

  it.each<[string, unknown, RegExp]>([
    ['text that is no JSON', '{', /sources\.json.*cannot be read as JSON/],
    ['no list', {}, /sources\.json[^]*at sources/],
    ['an unknown name', { sources: [], more: 1 }, /Unrecognized key: "more"/],
    ['an unknown format', { sources: [{ topic: 't', format: 'xml' }] }, /at sources\[0\]\.format/],
    ['no type', { sources: [{ ...JSON_SOURCE, map: { application: { value: 'a' } } }] }, /at sources\[0\]\.map\.type/],
    [
      'a rule of no form',
      { sources: [{ ...JSON_SOURCE, map: { ...JSON_SOURCE.map, id: { paht: '/id' } } }] },
      /one of value, header, path[^]*at sources\[0\]\.map\.id/,
    ],
    [
      'a constant type that is none',
      { sources: [{ ...JSON_SOURCE, map: { ...JSON_SOURCE.map, type: { value: 'a b' } } }] },
      /no name of an event type[^]*at sources\[0\]\.map\.type\.value/,
    ],
    [
      'a path that is no pointer',
      { sources: [{ ...JSON_SOURCE, map: { ...JSON_SOURCE.map, id: { path: 'id' } } }] },
      /no JSON Pointer[^]*at sources\[0\]\.map\.id\.path/,
    ],
    [
      'an attribute that cannot be',
      { sources: [{ topic: 't', format: 'cloudevents', map: { application: { attribute: 'ce_tenant' } } }] },
      /no name of a CloudEvents attribute[^]*at sources\[0\]\.map\.application\.attribute/,
    ],
    [
      'an organisation that is none',
      { sources: [{ ...JSON_SOURCE, organisation: 'acme' }] },
      /at sources\[0\]\.organisation/,
    ],
    ['a topic twice', { sources: [JSON_SOURCE, JSON_SOURCE] }, /topic t is set twice/],
  ])('fails the start with the place of %s', (_, content, message) => {
    expect(faultOf(content)).toMatch(message);
  });

  it('fails the start where it is not there', () => {
    expect(() => loadIngestConfig({ INGEST_SOURCES_FILE: '/nowhere/sources.json' })).toThrow('/nowhere/sources.json');
  });

  it('needs a registry for what is read by its schemas, and takes its address', () => {
    const sources = [{ ...JSON_SOURCE, format: 'registry' }];
    expect(faultOf({ sources })).toMatch(/source t is of the format "registry"; set INGEST_REGISTRY_URL/);
    expect(faultOf({ sources }, { INGEST_REGISTRY_URL: 'registry:8081' })).toMatch(/INGEST_REGISTRY_URL/);
    expect(load({ sources }, { INGEST_REGISTRY_URL: 'http://registry:8081' })).toMatchObject([{ format: 'registry' }]);
  });
});
