// deno-lint-ignore-file no-console -- output of tasks is part of the soak
/** Behaviors of tasks in the soak. Generated modules call these in workers. */
import type { State, TaskContext } from "../../mod.ts";

/** The times of an attempt, in ms. */
interface Situation {
  readonly state: State;
  readonly task: TaskContext;
  /** Time after which loops that block a thread end, some time after the thread was abandoned. */
  readonly blockMs: number;
}

const never = () => new Promise<never>(() => {});
const later = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

function busy(ms: number): void {
  const endMs = performance.now() + ms;
  while (performance.now() < endMs);
}

function count({ state, task }: Situation): void {
  using _lock = state._state_lock.acquire();
  state.counter += 1;
  state.done[task.name] = (state.done[task.name] ?? 0) + 1;
}

/** Behaviors that pass; some leak. */
export const PASSING = {
  pass: () => {},
  turn: async () => await later(0),
  slow: async () => await later(15),
  print: ({ task }: Situation) => {
    console.log("one\ntwo");
    task.log.warn("three");
  },
  print_much: () => {
    for (let i = 0; i < 400; i++) console.log(`${i} `.repeat(40));
  },
  count: (situation: Situation) => count(situation),
  count_async: async (situation: Situation) => {
    await later(0);
    using _lock = await situation.state._state_lock.acquireAsync();
    await later(1);
    count(situation);
  },
  write: ({ state, task }: Situation) => {
    state.written ??= {};
    state.written[task.name] = { by: task.thread, list: [1, 2, 3] };
  },
  keep_lock: ({ state }: Situation) => void state._state_lock.acquire(),
  reject_later: () => void Promise.reject(new Error("left behind")),
  throw_later: () =>
    void setTimeout(() => {
      throw new Error("left behind");
    }),
} satisfies Record<string, (situation: Situation) => unknown>;

/** Behaviors of tasks that skip themselves. */
export const SKIPPING = {
  skip: ({ task }: Situation) => task.skip("not today"),
  skip_late: async ({ task }: Situation) => {
    await later(1);
    task.skip("not today either");
  },
  skip_alone: ({ task }: Situation) => task.skip("not me", { dependents: "run" }),
  skip_caught: ({ task }: Situation) => {
    try {
      task.skip("caught");
    } catch {
      // A task that returns after its skip is skipped.
    }
  },
} satisfies Record<string, (situation: Situation) => unknown>;

/** Behaviors that fail by themselves. */
export const FAILING = {
  throw: () => {
    throw new TypeError("thrown");
  },
  throw_text: () => {
    throw "text";
  },
  reject: async () => {
    await later(1);
    throw new RangeError("rejected");
  },
  exit: () => Deno.exit(0),
  exit_async: async () => {
    await later(1);
    Deno.exit(3);
  },
  exit_in_timer: () => {
    setTimeout(() => Deno.exit(0));
    return never();
  },
  close: () => self.close(),
  unshareable: () => ({ deep: [() => {}] }),
  overflow: () => {
    const deeper = (): number => deeper() + 1;
    return deeper();
  },
  lock_and_throw: ({ state }: Situation) => {
    state._state_lock.acquire();
    throw new Error("thrown with the lock");
  },
  lock_and_exit: ({ state }: Situation) => {
    state._state_lock.acquire();
    Deno.exit(0);
  },
} satisfies Record<string, (situation: Situation) => unknown>;

/** Behaviors that end the process: for tasks with a process of their own. */
export const DYING = {
  die: () => {
    Deno.kill(Deno.pid, "SIGKILL");
    return never();
  },
  die_writing: ({ state }: Situation) => {
    const line = `sleep 0.0${Deno.pid % 10}; kill -9 ${Deno.pid}`;
    new Deno.Command("sh", { args: ["-c", line] }).spawn();
    for (let i = 0;; i++) state.large = String(i % 10).repeat(2_000_000);
  },
} satisfies Record<string, (situation: Situation) => unknown>;

/** Behaviors that do not end in time: only a timeout or termination ends them. */
export const ENDLESS = {
  hang: never,
  heed: ({ task }: Situation) =>
    new Promise((_, reject) => {
      const { signal } = task;
      if (signal.aborted) reject(signal.reason);
      signal.addEventListener("abort", () => reject(signal.reason));
    }),
  busy: ({ blockMs }: Situation) => busy(blockMs),
  microtasks: async ({ blockMs }: Situation) => {
    const endMs = performance.now() + blockMs;
    while (performance.now() < endMs) await Promise.resolve();
    return never();
  },
  wait_blocked: ({ blockMs }: Situation) => {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, blockMs);
  },
  lock_and_hang: ({ state }: Situation) => {
    state._state_lock.acquire();
    return never();
  },
  lock_and_block: ({ state, blockMs }: Situation) => {
    state._state_lock.acquire();
    busy(blockMs);
  },
  /** The run terminates the thread at the start of the attempt. */
  killed: never,
} satisfies Record<string, (situation: Situation) => unknown>;

const ALL: Readonly<Record<string, (situation: Situation) => unknown>> = {
  ...PASSING,
  ...SKIPPING,
  ...FAILING,
  ...DYING,
  ...ENDLESS,
};

/** The name of a behavior. */
export type Way =
  | keyof typeof PASSING
  | keyof typeof SKIPPING
  | keyof typeof FAILING
  | keyof typeof DYING
  | keyof typeof ENDLESS;

/** The result of a task that has passed. */
export function resultOf(name: string): unknown {
  return { from: name, long: name.repeat(20) };
}

/**
 * Creates the function of a task.
 *
 * @param ways The behaviors of its attempts, in order; later attempts pass.
 */
export function behave(ways: readonly Way[], blockMs: number) {
  return (state: State, task: TaskContext): unknown => {
    const end = ALL[ways[task.attempt - 1] ?? "pass"]!({ state, task, blockMs });
    if (end instanceof Promise) return end.then((it) => it ?? resultOf(task.name));
    return end ?? resultOf(task.name);
  };
}
