import { Inject, Injectable } from '@nestjs/common';
import type { Authentication, AuthenticationOut, EndpointUpdate } from '@signpost/contracts';
import {
  excessiveTimeouts,
  headerRefusal,
  SecretBox,
  withSecrets,
  type EndpointAuthentication,
  type EndpointTimeouts,
} from '@signpost/domain';
import { EGRESS_CONFIG, type EgressConfig } from '@signpost/egress';
import { UrlPolicy, type Change, type EndpointFields } from '@signpost/ports';
import { ValidationError } from '@signpost/runtime';
import type * as z from 'zod';

type Asked = Pick<z.output<typeof EndpointUpdate>, 'authentication' | 'timeouts'>;
type AccessChange = Change<Pick<EndpointFields, 'authentication' | 'timeouts'>>;

/** Checks and seals how an endpoint is authenticated to, and checks how long it may take. */
@Injectable()
export class EndpointAccess {
  constructor(
    private readonly box: SecretBox,
    private readonly urls: UrlPolicy,
    @Inject(EGRESS_CONFIG) private readonly config: EgressConfig,
  ) {}

  /**
   * What changes when this is asked for; null removes, and what is absent stays.
   * @throws ValidationError with the field and why
   */
  async changeFor({ authentication, timeouts }: Asked): Promise<AccessChange> {
    return {
      ...(timeouts === undefined ? {} : { timeouts: this.timeouts(timeouts) }),
      ...(authentication === undefined ? {} : { authentication: await this.authentication(authentication) }),
    };
  }

  private timeouts(asked: Asked['timeouts']): EndpointTimeouts | undefined {
    const { connectMs, firstByteMs, totalMs } = asked ?? {};
    const timeouts: EndpointTimeouts = {
      ...(connectMs == null ? {} : { connectMs }),
      ...(firstByteMs == null ? {} : { firstByteMs }),
      ...(totalMs == null ? {} : { totalMs }),
    };
    const excessive = excessiveTimeouts(this.config.timeouts, timeouts);
    if (excessive.length > 0) {
      throw new ValidationError(
        excessive.map((part) => ({
          loc: ['body', 'timeouts', part],
          msg: `is more than this installation allows: ${String(this.config.timeouts[part])} at most`,
          type: 'too_big',
        })),
      );
    }
    return Object.keys(timeouts).length === 0 ? undefined : timeouts;
  }

  private async authentication(asked: Asked['authentication']): Promise<EndpointAuthentication | undefined> {
    const given = givenIn(asked);
    if (given === undefined) return undefined;
    if (given.type === 'header') refuseIf(headerRefusal(given.name, given.value), 'name', 'reserved_header');
    if (given.type === 'oauth2') {
      const refusal = await this.urls.refusal(given.tokenUrl);
      refuseIf(refusal?.reason, 'tokenUrl', refusal?.code ?? 'invalid');
    }
    return withSecrets(given, (secret) => this.box.seal(Buffer.from(secret, 'utf8')));
  }
}

/** Of credentials what anybody may see: nothing that is secret. */
export function authenticationOut(authentication: EndpointAuthentication): AuthenticationOut {
  switch (authentication.type) {
    case 'basic':
      return { type: 'basic', username: authentication.username };
    case 'bearer':
      return { type: 'bearer' };
    case 'header':
      return { type: 'header', name: authentication.name };
    case 'oauth2': {
      const { clientSecret: _, ...shown } = authentication;
      return shown;
    }
  }
}

function givenIn(asked: z.output<typeof Authentication> | null | undefined): EndpointAuthentication | undefined {
  if (asked == null || asked.type === 'none') return undefined;
  if (asked.type !== 'oauth2') return asked;
  const { scope, audience, ...client } = asked;
  return { ...client, ...(scope == null ? {} : { scope }), ...(audience == null ? {} : { audience }) };
}

function refuseIf(reason: string | undefined, field: string, type: string): void {
  if (reason === undefined) return;
  throw new ValidationError([{ loc: ['body', 'authentication', field], msg: reason, type }]);
}
