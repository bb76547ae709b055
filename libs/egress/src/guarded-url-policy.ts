import type { AddressPolicy } from '@signpost/domain';
import { UrlPolicy, type UrlRefusal } from '@signpost/ports';

/** The check at registration: the same rules as at every attempt, and no connection opened. */
export class GuardedUrlPolicy extends UrlPolicy {
  constructor(private readonly policy: AddressPolicy) {
    super();
  }

  override refusal(url: string): UrlRefusal | undefined {
    const verdict = this.policy.judgeUrl(url);
    return verdict.kind === 'refused' ? { code: verdict.code, reason: verdict.reason } : undefined;
  }
}
