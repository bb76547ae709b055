import { RequestMethod, SetMetadata, type Type } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import type { HttpMethod, Operation, PlacedOperation } from '@signpost/contracts';

const OPERATION = 'signpost:operation';

/** Says what a controller's method answers: the API reference is made of it. */
export const Documented = (operation: Operation): MethodDecorator => SetMetadata(OPERATION, operation);

/** The documented operation of a controller's method; undefined for what has none. */
export function operationOf(handler: object): Operation | undefined {
  return Reflect.getMetadata(OPERATION, handler) as Operation | undefined;
}

/**
 * Every documented operation of the controllers with its place, in the order of declaration.
 * @throws TypeError for a documented method without a route
 */
export function documentedOperations(controllers: readonly Type[]): readonly PlacedOperation[] {
  return controllers.flatMap((controller) => {
    const prefix = Reflect.getMetadata(PATH_METADATA, controller) as string | undefined;
    const prototype = controller.prototype as Readonly<Record<string, unknown>>;
    return Object.getOwnPropertyNames(prototype).flatMap((name) => {
      const handler = prototype[name];
      const operation = typeof handler === 'function' ? operationOf(handler) : undefined;
      if (operation === undefined || typeof handler !== 'function') return [];
      return [{ ...operation, ...placeOf(prefix ?? '', handler, `${controller.name}.${name}`) }];
    });
  });
}

function placeOf(prefix: string, handler: object, name: string): Pick<PlacedOperation, 'method' | 'path'> {
  const path = Reflect.getMetadata(PATH_METADATA, handler) as string | undefined;
  const method = METHODS.get(Reflect.getMetadata(METHOD_METADATA, handler) as RequestMethod);
  if (path === undefined || method === undefined) throw new TypeError(`${name} is documented and has no route`);
  const parts = [prefix, path].flatMap((part) => part.split('/')).filter((part) => part !== '');
  return { method, path: `/${parts.join('/')}` };
}

const METHODS = new Map<RequestMethod, HttpMethod>([
  [RequestMethod.GET, 'get'],
  [RequestMethod.POST, 'post'],
  [RequestMethod.PUT, 'put'],
  [RequestMethod.PATCH, 'patch'],
  [RequestMethod.DELETE, 'delete'],
]);
