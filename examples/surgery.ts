/**
 * Six steps before a surgery. One of them fails on purpose, so the surgery itself is skipped.
 *
 * It shows marked tasks and their dependencies, a task that uses the results of its dependencies,
 * the state lock, and a thread-local value: each thread has its own Faker.
 *
 *     deno run -A cli.ts examples/surgery.ts
 *     deno run -A cli.ts examples/surgery.ts --graph
 *     deno run -A cli.ts examples/surgery.ts --scale=10        # ten times slower
 *     deno run -A cli.ts examples/surgery.ts::perform_surgery_F \
 *       --result-assign_surgical_staff_B=staff --result-sterilize_instruments_D=instruments
 */
import { faker } from "@faker-js/faker/locale/en";
import { logger, mark, type State, type TaskContext } from "@thread-order/cli";

/** Called once before the run, with the state of the command line. */
export function setupState(state: State): void {
  state.faker = faker; // has functions, which cannot be shared: each thread has its own
  state.staff = []; // an array: shared by all threads
  state.scale = Number(state.scale ?? 1);
}

export const pre_op_assessment_A = mark((state, task) => perform(state, task));

export const assign_surgical_staff_B = mark(
  { after: { pre_op_assessment_A } },
  (state, task) => perform(state, task, task.results),
);

export const prepare_operating_room_C = mark(
  { after: { pre_op_assessment_A } },
  (state, task) => perform(state, task, task.results),
);

export const sterilize_instruments_D = mark(
  { after: { prepare_operating_room_C } },
  async (state, task) => {
    await perform(state, task, task.results);
    throw new Error("Intentional failure");
  },
);

export const equipment_safety_checks_E = mark(
  { after: { prepare_operating_room_C } },
  (state, task) => perform(state, task, task.results),
);

export const perform_surgery_F = mark(
  { after: { assign_surgical_staff_B, sterilize_instruments_D } },
  (state, task) => perform(state, task, task.results),
);

/** Runs one step: picks an employee and waits. Returns the names of the steps so far. */
async function perform(
  state: State,
  task: TaskContext,
  before: Readonly<Record<string, string>> = {},
): Promise<string> {
  const person = hire(state);
  const pause = state.faker.number.int({ min: 50, max: 250 }) * state.scale;
  logger.info(`${task.name} is done by ${person}, in ${(pause / 1000).toFixed(2)}s`);
  await new Promise((resolve) => setTimeout(resolve, pause));
  const steps = Object.keys(before).map((name) => name in before ? before[name] : "--no-result--");
  return steps.map((step) => `${task.name}.${step}`).join("|") || task.name;
}

/** Picks an idle employee. The lock prevents two threads from choosing the same one. */
function hire(state: State): string {
  using _lock = state._state_lock.acquire();
  let person: string;
  do person = state.faker.person.lastName(); while (state.staff.includes(person));
  state.staff.push(person);
  return person;
}
