import { Injectable } from '@nestjs/common';
import { SecretBox, type TransformationFault } from '@signpost/domain';
import { Transformer, TransformationVersions, type KeptEndpoint, type KeptTransformation } from '@signpost/ports';
import { notFound, ValidationError } from '@signpost/runtime';

const NONE: KeptTransformation = { version: 0, sealedCode: '', enabled: false, latest: 0, changedAtMs: 0 };

/** An endpoint's transformation on its way in and out: its code is sealed, since keys may stand in it. */
@Injectable()
export class Transformations {
  constructor(
    private readonly box: SecretBox,
    private readonly transformer: Transformer,
    private readonly versions: TransformationVersions,
  ) {}

  /** Undefined: there is none. */
  codeOf({ transformation }: Pick<KeptEndpoint, 'transformation'>): string | undefined {
    if (transformation === undefined || transformation.version === 0) return undefined;
    return this.open(transformation.sealedCode);
  }

  /** @throws ApiError 404 */
  async codeOfVersion({ id }: Pick<KeptEndpoint, 'id'>, version: number): Promise<string> {
    const kept = await this.versions.get(id, version);
    if (kept === undefined) throw notFound(`Version ${String(version)} of the transformation`);
    return this.open(kept.sealedCode);
  }

  /** @throws ValidationError with the line and the reason, for code that could never be run */
  async check({ applicationId }: Pick<KeptEndpoint, 'applicationId'>, code: string): Promise<void> {
    const fault = await this.transformer.check({ applicationId, code });
    if (fault !== undefined)
      throw new ValidationError([{ loc: ['body', 'code'], msg: fault.message, type: typeOf(fault) }]);
  }

  /** The same code again is no new version. */
  withCode(endpoint: KeptEndpoint, code: string, enabled: boolean): KeptTransformation {
    const before = endpoint.transformation ?? NONE;
    const changedAtMs = Date.now();
    if (this.codeOf(endpoint) === code) return { ...before, enabled, changedAtMs };
    const version = before.latest + 1;
    return { version, latest: version, sealedCode: this.box.seal(Buffer.from(code, 'utf8')), enabled, changedAtMs };
  }

  /** A version that there was before, as its code is now. */
  rolledBack({ transformation = NONE }: KeptEndpoint, version: number, code: string): KeptTransformation {
    const sealedCode = this.box.seal(Buffer.from(code, 'utf8'));
    return { ...transformation, version, sealedCode, enabled: true, changedAtMs: Date.now() };
  }

  takenOff({ transformation }: KeptEndpoint): KeptTransformation | undefined {
    return transformation === undefined
      ? undefined
      : { ...NONE, latest: transformation.latest, changedAtMs: Date.now() };
  }

  private open(sealed: string): string {
    return this.box.open(sealed).toString('utf8');
  }
}

const typeOf = ({ code }: TransformationFault): string => `transformation_${code.replaceAll('-', '_')}`;
