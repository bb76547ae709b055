import { serve } from '../child/remote.js';
import { Generator, type LoadPlan, type LoadResult } from './generator.js';
import { HttpIntake } from './http-intake.js';
import type { Intake, IntakePlan } from './intake.js';
import { KafkaIntake } from './kafka-intake.js';

let intake: Intake | undefined;
let generator: Generator | undefined;
let running: Promise<LoadResult> | undefined;

async function open(plan: IntakePlan): Promise<Intake> {
  switch (plan.kind) {
    case 'http':
      return new HttpIntake(plan);
    case 'kafka':
      return KafkaIntake.connect(plan);
  }
}

const calls = {
  start: async (where: IntakePlan, plan: LoadPlan): Promise<void> => {
    intake = await open(where);
    generator = new Generator(intake, plan);
    running = generator.run();
    // Told by finish(); until then nobody listens.
    running.catch(() => undefined);
  },
  /** How many events have arrived at all their endpoints; answers how many were sent. */
  arrived: (events: number): number => {
    generator?.arrived(events);
    return generator?.sent ?? 0;
  },
  forgetTimes: (): void => generator?.forgetTimes(),
  /** Waits until the plan is done, its events sent and answered. */
  finish: async (stopNow: boolean): Promise<LoadResult> => {
    if (running === undefined) throw new Error('no load was started');
    if (stopNow) generator?.stop();
    try {
      return await running;
    } finally {
      await intake?.close();
      running = undefined;
    }
  },
};
export type LoadCalls = typeof calls;

serve(calls);
