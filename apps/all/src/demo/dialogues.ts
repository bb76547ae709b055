import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { SAMPLE_DIALOGUES } from './sample-dialogues.js';

const Turn = z.object({
  speaker: z.enum(['user', 'system']),
  utterance: z.string(),
  service_call: z
    .object({ service: z.string(), method: z.string(), parameters: z.record(z.string(), z.unknown()) })
    .optional(),
  service_results: z.array(z.record(z.string(), z.unknown())).optional(),
});
const Dialogue = z.object({ dialogue_id: z.string(), services: z.array(z.string()), turns: z.array(Turn).min(1) });

export type Turn = z.output<typeof Turn>;
/** One conversation between a person and a bot, in the form of the Schema-Guided Dialogue dataset. */
export type Dialogue = z.output<typeof Dialogue>;

export interface Dialogues {
  /** For people: where they come from. */
  readonly source: string;
  readonly dialogues: readonly Dialogue[];
}

/** Real conversations where they lie beside the project, otherwise a small sample. */
export function loadDialogues(projectRoot: string): Dialogues {
  const file = join(projectRoot, '..', 'shared', 'data', 'dialogues.jsonl');
  if (!existsSync(file)) return { source: 'the built-in sample', dialogues: SAMPLE_DIALOGUES };
  const dialogues = readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => Dialogue.parse(JSON.parse(line)));
  return { source: 'the Schema-Guided Dialogue dataset (CC BY-SA 4.0)', dialogues };
}
