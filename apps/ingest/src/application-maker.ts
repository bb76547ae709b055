import type { ApplicationIn } from '@signpost/contracts';
import { isId, type OrganisationId } from '@signpost/domain';
import { DatabaseUnavailableError, NameTakenError, type ApplicationStore } from '@signpost/ports';
import { applicationFields, ApiError, notFound, ValidationError } from '@signpost/runtime';
import type * as z from 'zod';
import type { AcceptingApplication } from './validation/payload-validation.js';

export interface WantedApplication {
  readonly fields: z.output<typeof ApplicationIn>;
  /** Where it stands in the request: ['body', 'application']. */
  readonly loc: readonly string[];
}

/** Creates the application that a message brings along, when there is none yet. */
export class ApplicationMaker {
  /** `applications`: undefined for a process without a database. */
  constructor(private readonly applications: ApplicationStore | undefined) {}

  /**
   * The application of this uid, made unless somebody was quicker.
   * @throws ValidationError when its uid is not the one in the path, ApiError 404 for an id that is nobody's, 503
   * without the database
   */
  async make(
    organisationId: OrganisationId,
    idOrUid: string,
    { fields, loc }: WantedApplication,
  ): Promise<AcceptingApplication> {
    if (isId('app', idOrUid)) throw notFound(`The application "${idOrUid}"`);
    checkUid(idOrUid, fields.uid, loc);
    if (this.applications === undefined) throw unavailable('This process has no database');
    try {
      return await this.createOrGet(this.applications, organisationId, idOrUid, fields);
    } catch (error) {
      if (error instanceof DatabaseUnavailableError) throw unavailable('The database does not answer');
      throw error;
    }
  }

  private async createOrGet(
    applications: ApplicationStore,
    organisationId: OrganisationId,
    uid: string,
    fields: WantedApplication['fields'],
  ): Promise<AcceptingApplication> {
    try {
      return await applications.create(organisationId, { ...applicationFields(fields), uid });
    } catch (error) {
      const existing = error instanceof NameTakenError ? await applications.get(organisationId, uid) : undefined;
      if (existing === undefined) throw error;
      return existing;
    }
  }
}

function checkUid(inPath: string, uid: string | null | undefined, loc: readonly string[]): void {
  if (uid === inPath) return;
  const fault =
    uid == null
      ? { msg: 'is missing: an application is created under the uid in the path', type: 'application_uid_missing' }
      : { msg: 'is not the uid in the path', type: 'application_uid_mismatch' };
  throw new ValidationError([{ loc: [...loc, 'uid'], ...fault }]);
}

function unavailable(why: string): ApiError {
  return new ApiError(
    503,
    'database_unavailable',
    `${why}, so the application cannot be created now. Try again in a few seconds; messages to applications that exist are accepted meanwhile.`,
    5,
  );
}
