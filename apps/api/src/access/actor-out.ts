import type { ActorOut } from '@signpost/contracts';
import type { Actor } from '@signpost/domain';

export function actorOut(actor: Actor): ActorOut {
  switch (actor.kind) {
    case 'api-key':
      return { type: actor.kind, id: actor.id, name: actor.name };
    case 'portal-token':
      return { type: actor.kind, id: actor.id };
    case 'command-line':
      return { type: actor.kind, name: actor.name };
    case 'signpost':
      return { type: actor.kind };
  }
}
