/** Forty tasks whose dependencies and behavior are in the state, for random graphs. */
import { type AnyFunction, mark, type State, type TaskContext } from "../../mod.ts";

/** The behavior of a task, which the state has. */
export type Behavior = "return" | "throw" | "resolve" | "reject" | "print" | "push";

const behave: Record<Behavior, (state: State, task: TaskContext) => unknown> = {
  return: () => 1,
  throw: (_, task) => {
    throw new Error(`no ${task.name}`);
  },
  resolve: async () => await Promise.resolve({ deep: [1] }),
  reject: (_, task) => Promise.reject(new Error(`no ${task.name}`)),
  print: (_, task) => {
    task.log.info("one");
    task.log.info("two");
  },
  push: (state, task) => state.pushed.push(task.name),
};

function numbered(i: number): AnyFunction {
  const name = `n${String(i).padStart(3, "0")}`;
  return mark((state: State, task: TaskContext) => {
    const { after, how } = state.plan[name];
    // Checks the order: each dependency has added its name.
    const missing = after.filter((other: string) => !state.ended.has(other));
    if (missing.length > 0) throw new Error(`${name} ran before ${missing}`);
    state.ended.add(name);
    return behave[how as Behavior](state, task);
  });
}

export const [n000, n001, n002, n003, n004, n005, n006, n007, n008, n009] = range(0);
export const [n010, n011, n012, n013, n014, n015, n016, n017, n018, n019] = range(10);
export const [n020, n021, n022, n023, n024, n025, n026, n027, n028, n029] = range(20);
export const [n030, n031, n032, n033, n034, n035, n036, n037, n038, n039] = range(30);

function range(from: number): AnyFunction[] {
  return Array.from({ length: 10 }, (_, i) => numbered(from + i));
}
