/** A payload asks for more work than one check may take. */
export class BudgetSpentError extends Error {}

/** The work that one check may still do, in units of about ten nanoseconds. */
export class Budget {
  private left = 0;

  constructor(private readonly units: number) {}

  refill(): void {
    this.left = this.units;
  }

  /** @throws BudgetSpentError */
  spend(units: number): void {
    this.left -= units;
    if (this.left < 0) throw new BudgetSpentError();
  }
}
