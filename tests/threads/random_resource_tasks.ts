/** Resources and tasks whose behavior is in the state, for random graphs. */
import { type AnyFunction, mark, type Resource, resource, type State } from "../../mod.ts";

/** The behavior of a set-up and of what it makes. */
export type ResourceBehavior =
  | "file"
  | "child"
  | "throw"
  | "hang"
  | "late"
  | "lost"
  | "lost-once"
  | "stuck";
/** The behavior of a task. */
export type UserBehavior = "pass" | "throw" | "wait";

/** A timeout in ms of what hangs. */
export const HANG_MS = 40;

type Made = { value: string; lost?: Promise<void> } & AsyncDisposable;

function numberedResource(i: number): Resource<string> {
  const name = `r${i}`;
  return resource(async (state: State, task) => {
    const how: ResourceBehavior = state.behaviors[name];
    const aborted = new Promise<void>((resolve) => {
      if (task.signal.aborted) resolve();
      task.signal.addEventListener("abort", () => resolve());
    });
    if (how === "throw") throw new Error(`no ${name}`);
    if (how === "hang") await new Promise(() => {});
    if (how === "late") await aborted;
    const isLost = how === "lost" || (how === "lost-once" && task.attempt === 1);
    const instance = `${name} ${task.attempt}`;
    const made = makeFile(state, instance, how === "stuck");
    if (how === "child") return withChild(state, made);
    return isLost ? { ...made, lost: Promise.resolve() } : made;
  });
}

/** A file stands for what is set up: it is left if that is not disposed of. */
function makeFile(state: State, instance: string, isStuck: boolean): Made {
  const [name] = instance.split(" ");
  const path = `${state.folder}/${name}`;
  Deno.writeTextFileSync(path, "", { createNew: true }); // fails if it is set up twice
  state.log.push(`up ${instance}`);
  return {
    value: path,
    async [Symbol.asyncDispose]() {
      await Promise.resolve();
      state.log.push(`down ${instance}`);
      Deno.removeSync(path); // fails if it is disposed of twice
      if (isStuck) throw new Error(`${name} does not stop`);
    },
  };
}

function withChild(state: State, made: Made): Made {
  const child = new Deno.Command("sleep", { args: ["1000"], stdout: "null", stderr: "null" })
    .spawn();
  state.pids.push(child.pid);
  return {
    ...made,
    async [Symbol.asyncDispose]() {
      child.kill();
      await child.status;
      await made[Symbol.asyncDispose]();
    },
  };
}

function numberedTask(i: number): AnyFunction {
  const name = `t${i}`;
  return mark(async (state: State, task) => {
    const how: UserBehavior = state.behaviors[name];
    for (const used of state.uses[name]) Deno.statSync(`${state.folder}/${used}`);
    if (how === "throw") throw new Error(`no ${name}`);
    if (how === "wait") {
      await new Promise((_, reject) => {
        if (task.signal.aborted) reject(task.signal.reason);
        task.signal.addEventListener("abort", () => reject(task.signal.reason));
      });
    }
  });
}

export const [r0, r1, r2, r3] = [0, 1, 2, 3].map(numberedResource);
export const [t0, t1, t2, t3, t4, t5, t6, t7] = [0, 1, 2, 3, 4, 5, 6, 7].map(numberedTask);
