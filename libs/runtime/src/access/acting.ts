import { AsyncLocalStorage } from 'node:async_hooks';
import type { Actor } from '@signpost/domain';
import type { EntryTrace } from '@signpost/observability';

/** On whose behalf the code that runs now does what it does, and as part of which operation. */
export interface Acting {
  readonly actor: Actor;
  /** As the API reference names it: 'v1.endpoint.update'. Undefined: the change names itself. */
  readonly operation?: string | undefined;
}

interface Scene {
  acting: Acting | undefined;
  readonly trace?: EntryTrace | undefined;
}

const scenes = new AsyncLocalStorage<Scene>();
const SIGNPOST: Acting = { actor: { kind: 'signpost' } };

/** Whoever acts now; outside of every request and command it is the service itself. */
export const acting = (): Acting => scenes.getStore()?.acting ?? SIGNPOST;

/** Runs `work`, and all that it starts, on somebody's behalf. */
export const actingAs = <T>(who: Acting, work: () => T): T => scenes.run({ acting: who }, work);

/** Runs the rest of a request in a scene of its own; who acts in it is known once they are authenticated. */
export const inRequest = <T>(work: () => T, trace?: EntryTrace): T => scenes.run({ acting: undefined, trace }, work);

/** Of the request that is answered now; undefined outside of requests, and while nothing is traced. */
export const requestTrace = (): EntryTrace | undefined => scenes.getStore()?.trace;

/** Says who acts in this request, for all that comes after. */
export function actsInRequest(who: Acting): void {
  const scene = scenes.getStore();
  if (scene === undefined) throw new Error('a request is authenticated outside of inRequest: boot() opens it');
  scene.acting = who;
}
