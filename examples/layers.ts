/**
 * A wide graph: 35 tasks in six layers, with tags, and three tasks that fail on purpose. The state
 * has the product of each task under its name.
 *
 * It shows `--tags`, skipped dependents of failed tasks, and tasks that a function creates.
 *
 *     deno run -A cli.ts examples/layers.ts
 *     deno run -A cli.ts examples/layers.ts --tags=layer1
 *     deno run -A cli.ts examples/layers.ts --tags=layer4,capB
 *     deno run -A cli.ts examples/layers.ts --no-skip-deps  # run dependents of failed tasks
 */
import { faker } from "@faker-js/faker/locale/en";
import { mark, type State, type Task, type TaskContext } from "@thread-order/cli";

export function setupState(state: State): void {
  state.faker = faker;
  state.scale = Number(state.scale ?? 1);
}

/** Highlights of the log: names of employees, and failures. */
export function addLoggingHighlights(): [RegExp, string][] {
  return [
    [/Employee: "[^"]+"/, "yellow"],
    [/Intentional failure/i, "red"],
  ];
}

/** Creates a task. Each call creates a function: a mark belongs to one function. */
function step(tags: string, ...after: string[]): Task {
  return mark({ tags, after }, async (state, task) => {
    await work(state, task);
    const made = after.map((name) => `${task.name}.${state[name] ?? "--no-result--"}`);
    state[task.name] = made.join("|") || task.name;
  });
}

/** Creates a task that fails. */
function failingStep(tags: string, ...after: string[]): Task {
  return mark({ tags, after }, async (state, task) => {
    await work(state, task);
    throw new Error("Intentional failure");
  });
}

async function work(state: State, task: TaskContext): Promise<void> {
  task.log.debug(`Employee: "${state.faker.person.lastName()}" starts`);
  const pause = state.faker.number.int({ min: 10, max: 50 }) * state.scale;
  await new Promise((resolve) => setTimeout(resolve, pause));
}

// Layer 1: nine steps without dependencies.

export const test_01_01 = step("layer1");
export const test_01_02 = step("layer1");
export const test_01_03 = step("layer1");
export const test_01_04 = step("layer1");
export const test_01_05 = failingStep("layer1");
export const test_01_06 = step("layer1");
export const test_01_07 = step("layer1");
export const test_01_08 = step("layer1");
export const test_01_09 = step("layer1");

// Layer 2: nine steps, each of which depends on one of the first layer.

export const test_02_01 = step("layer2", "test_01_03");
export const test_02_02 = step("layer2", "test_01_03");
export const test_02_03 = failingStep("layer2", "test_01_03");
export const test_02_04 = step("layer2", "test_01_03");
export const test_02_05 = step("layer2", "test_01_06");
export const test_02_06 = step("layer2", "test_01_06");
export const test_02_07 = step("layer2", "test_01_08");
export const test_02_08 = step("layer2", "test_01_08");
export const test_02_09 = step("layer2", "test_01_08");

// Layer 3: eight steps.

export const test_03_01 = step("layer3", "test_02_02");
export const test_03_02 = step("layer3", "test_02_02");
export const test_03_03 = step("layer3", "test_02_02");
export const test_03_04 = step("layer3", "test_02_06");
export const test_03_05 = step("layer3", "test_02_06");
export const test_03_06 = step("layer3", "test_02_08");
export const test_03_07 = step("layer3", "test_02_08");
export const test_03_08 = step("layer3", "test_02_04");

// Layer 4: five steps with two capabilities.

export const test_04_01 = step("layer4,capA", "test_03_01");
export const test_04_02 = failingStep("layer4,capA", "test_03_01");
export const test_04_03 = step("layer4,capA", "test_03_01");
export const test_04_04 = step("layer4,capB", "test_03_04");
export const test_04_05 = step("layer4,capB", "test_03_07");

// Layer 5: three steps, two of which depend on one that fails.

export const test_05_01 = step("layer5", "test_04_02");
export const test_05_02 = step("layer5", "test_04_02");
export const test_05_03 = step("layer5", "test_04_04");

// Layer 6: the last step.

export const test_06_01 = step("layer6", "test_05_02");
