import { Injectable } from '@nestjs/common';
import type { EndpointHeadersOut } from '@signpost/contracts';
import { headerFaults, isHiddenHeader, patchedHeaders, SecretBox } from '@signpost/domain';
import { ValidationError } from '@signpost/runtime';

type Headers = Readonly<Record<string, string>>;

/** An endpoint's own headers on their way in and out: kept they are sealed, each value by itself. */
@Injectable()
export class EndpointHeaderValues {
  constructor(private readonly box: SecretBox) {}

  /**
   * Sealed; undefined where there are none.
   * @throws ValidationError naming every header that may not be set, and why
   */
  seal(headers: Headers): Headers | undefined {
    const faults = headerFaults(headers);
    if (faults.length > 0) {
      throw new ValidationError(
        faults.map(({ name, code, reason }) => ({
          loc: ['body', 'headers', ...(name === undefined ? [] : [name])],
          msg: reason,
          type: code,
        })),
      );
    }
    const sealed = mapValues(headers, (value) => this.box.seal(Buffer.from(value, 'utf8')));
    return Object.keys(sealed).length === 0 ? undefined : sealed;
  }

  /**
   * The endpoint's headers with those `removed` gone and others changed: null removes one as well.
   * @throws ValidationError as seal()
   */
  patched(
    sealed: Headers | undefined,
    changes: Readonly<Record<string, string | null>>,
    removed: readonly string[],
  ): Headers | undefined {
    const left = patchedHeaders(this.open(sealed), Object.fromEntries(removed.map((name) => [name, null])));
    return this.seal(patchedHeaders(left, changes));
  }

  shown(sealed: Headers | undefined): EndpointHeadersOut {
    const names = Object.keys(sealed ?? {});
    const open = names.filter((name) => !isHiddenHeader(name));
    return {
      headers: Object.fromEntries(open.map((name) => [name, this.value(sealed?.[name] ?? '')])),
      sensitive: names.filter(isHiddenHeader).sort(),
    };
  }

  private open(sealed: Headers | undefined): Headers {
    return mapValues(sealed ?? {}, (value) => this.value(value));
  }

  private value(sealed: string): string {
    return this.box.open(sealed).toString('utf8');
  }
}

function mapValues(record: Headers, change: (value: string) => string): Headers {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]));
}
