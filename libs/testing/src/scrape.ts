/** What a process says of itself at one moment, by metric and labels. */
export class Scraped {
  private readonly samples = new Map<string, number>();

  constructor(text: string) {
    for (const line of text.split('\n')) {
      const [, name = '', labels = '', value = ''] = /^([a-z_]+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
      if (name !== '') this.samples.set(named(name, labelsIn(labels)), Number(value));
    }
  }

  /** Undefined for a series that is not there. */
  of(name: string, labels: Readonly<Record<string, string>> = {}): number | undefined {
    return this.samples.get(named(name, Object.entries(labels)));
  }

  /** Every series by name and labels. */
  get series(): readonly string[] {
    return [...this.samples.keys()];
  }
}

export async function scrape(port: number): Promise<Scraped> {
  const answer = await fetch(`http://127.0.0.1:${String(port)}/metrics`);
  return new Scraped(await answer.text());
}

function labelsIn(text: string): [string, string][] {
  return [...text.matchAll(/([a-z_]+)="((?:\\.|[^"\\])*)"/g)].map(([, name = '', value = '']) => [name, value]);
}

function named(name: string, labels: readonly (readonly [string, string])[]): string {
  const sorted = labels.map(([label, value]) => `${label}=${value}`).toSorted();
  return `${name}{${sorted.join(',')}}`;
}
