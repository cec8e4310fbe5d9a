/** The callbacks of a scheduler, each as a reporter: they observe what happened, and gate nothing. */
import type { Reporter } from "../events/reporter.ts";
import type { RunEvent, TaskInfo, TaskStatus } from "../events/run_event.ts";
import { threadName } from "../events/run_event.ts";
import type { Summary } from "../events/summary.ts";

/** What `onSchedulerStart` is told. */
export interface SchedulerMeta {
  /** How many tasks the run has. */
  readonly totalTasks: number;
  /** How many threads may run tasks at once. */
  readonly workers: number;
  /** When the run started. */
  readonly startTime: Date;
}

/** What each kind of callback is given, before the arguments of its registration. */
export interface CallbackArguments {
  /** A task is about to start: only a thread is missing. */
  readonly taskStart: [name: string];
  /** A task has started, on a thread. */
  readonly taskRun: [name: string, thread: string];
  /** A task has its outcome; `count` tasks have by now. A task that never ran has no thread. */
  readonly taskDone: [name: string, thread: string | undefined, status: TaskStatus, count: number];
  /** The run begins. */
  readonly schedulerStart: [meta: SchedulerMeta];
  /** The run is over. */
  readonly schedulerDone: [summary: Summary];
}

/** The kinds of callback. */
export type CallbackKind = keyof CallbackArguments;

/** A registered callback. */
export interface Callback {
  readonly kind: CallbackKind;
  /** Calls the user's function with these, and with the arguments of its registration. */
  readonly call: (args: readonly unknown[]) => unknown;
}

/** The kinds that hear of what happens while it happens. */
type LiveKind = Exclude<CallbackKind, "schedulerDone">;

/** Turns callbacks into reporters, except those that wait for the end. One that throws, or rejects, is detached. */
export function callbackReporters(callbacks: readonly Callback[]): Reporter[] {
  return callbacks.flatMap((callback) =>
    callback.kind === "schedulerDone" ? [] : [callbackReporter(callback, callback.kind)]
  );
}

/**
 * Tells those that wait for the end of the run how it ended.
 *
 * @returns What they threw.
 */
export async function callEndCallback(
  callbacks: readonly Callback[],
  summarize: () => Summary,
): Promise<unknown[]> {
  const errors: unknown[] = [];
  let summary: Summary | undefined;
  for (const { kind, call } of [...callbacks]) {
    if (kind !== "schedulerDone") continue;
    try {
      await call([summary ??= summarize()]);
    } catch (error) {
      errors.push(error);
    }
  }
  return errors;
}

function callbackReporter(callback: Callback, kind: LiveKind): Reporter {
  const argumentsOf = ARGUMENTS[kind]();
  let tasks: readonly TaskInfo[] = [];
  return {
    report(event): unknown {
      if (event.type === "run-started") tasks = event.tasks;
      const args = argumentsOf(event, tasks);
      return args === undefined ? undefined : callback.call(args);
    },
  };
}

type ArgumentsOf<K extends LiveKind> = (
  event: RunEvent,
  tasks: readonly TaskInfo[],
) => CallbackArguments[K] | undefined;

/** For each kind, makes the function that finds the arguments in an event, if it is the right one. */
const ARGUMENTS: { readonly [K in LiveKind]: () => ArgumentsOf<K> } = {
  taskStart: () => (event, tasks) =>
    event.type === "task-queued" ? [tasks[event.task]!.name] : undefined,
  taskRun: () => (event, tasks) =>
    event.type === "task-started" ? [tasks[event.task]!.name, threadName(event.worker)] : undefined,
  taskDone: () => {
    let count = 0;
    return (event, tasks) => {
      if (event.type !== "task-finished") return undefined;
      const thread = event.worker === null ? undefined : threadName(event.worker);
      return [tasks[event.task]!.name, thread, event.outcome.status, ++count];
    };
  },
  schedulerStart: () => (event) =>
    event.type === "run-started"
      ? [{
        totalTasks: event.tasks.length,
        workers: event.workers,
        startTime: new Date(event.startedAt),
      }]
      : undefined,
};
