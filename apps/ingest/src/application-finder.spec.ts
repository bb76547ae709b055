import { describe, expect, it } from '@jest/globals';
import { ControlView, newId, type Application } from '@signpost/domain';
import { ApplicationFinder } from './application-finder.js';

function setup(): { finder: ApplicationFinder; application: Application; create: () => void } {
  const view = new ControlView();
  const application: Application = {
    id: newId('app', 0),
    organisationId: newId('org', 0),
    uid: 'mine',
    version: 1,
    name: 'a',
  };
  const create = (): void => {
    view.apply({ kind: 'application', id: application.id, version: 1, state: application });
  };
  return { finder: new ApplicationFinder(view), application, create };
}

describe('ApplicationFinder', () => {
  it('finds by id or uid within an organisation, and by id alone without one', () => {
    const { finder, application, create } = setup();
    create();
    const { id, organisationId } = application;
    expect(finder.find({ organisationId, idOrUid: id })).toBe(application);
    expect(finder.find({ organisationId, idOrUid: 'mine' })).toBe(application);
    expect(finder.find({ organisationId: newId('org', 1), idOrUid: id })).toBeUndefined();
    expect(finder.find({ organisationId: undefined, idOrUid: id })).toBe(application);
    expect(finder.find({ organisationId: undefined, idOrUid: 'mine' })).toBeUndefined();
  });

  it('waits for one that comes, keeps nobody else waiting, and forgets whom it served', async () => {
    const { finder, application, create } = setup();
    const name = { organisationId: application.organisationId, idOrUid: 'mine' };
    const waiting = finder.findSoon(name, 60_000);
    expect([finder.awaited, await finder.findSoon(name, 0), await finder.findSoon(name, 1)]).toEqual([
      1,
      undefined,
      undefined,
    ]);
    create();
    expect([await waiting, finder.awaited]).toEqual([application, 0]);
  });
});
