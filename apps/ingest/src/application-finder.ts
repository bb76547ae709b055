import { isId, type Application, type ControlView, type OrganisationId } from '@signpost/domain';

/** Names an application by id, or by uid where the organisation is known. */
export interface ApplicationName {
  readonly organisationId: OrganisationId | undefined;
  readonly idOrUid: string;
}

/** Finds applications in the control view, and waits a little for those that it does not have yet. */
export class ApplicationFinder {
  private readonly waiting = new Set<() => void>();

  constructor(private readonly view: ControlView) {
    view.onChange((change) => {
      if (change.kind !== 'application') return;
      for (const look of [...this.waiting]) look();
    });
  }

  /** How many are being waited for. */
  get awaited(): number {
    return this.waiting.size;
  }

  find({ organisationId, idOrUid }: ApplicationName): Application | undefined {
    if (organisationId !== undefined) return this.view.application(organisationId, idOrUid);
    return isId('app', idOrUid) ? this.view.applicationById(idOrUid) : undefined;
  }

  /** The same, but what is absent may still come within so many milliseconds: the control plane is heard a moment late. */
  findSoon(name: ApplicationName, withinMs: number): Promise<Application | undefined> {
    const known = this.find(name);
    if (known !== undefined || withinMs <= 0) return Promise.resolve(known);
    return new Promise((resolve) => {
      const end = (found: Application | undefined): void => {
        clearTimeout(timer);
        this.waiting.delete(look);
        resolve(found);
      };
      const look = (): void => {
        const found = this.find(name);
        if (found !== undefined) end(found);
      };
      const timer = setTimeout(() => {
        end(this.find(name));
      }, withinMs);
      this.waiting.add(look);
    });
  }
}
