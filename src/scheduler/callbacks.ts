/** The callbacks of a scheduler, each as a reporter: they observe the run and block nothing. */
import type { Reporter } from "../events/reporter.ts";
import type { RunEvent, TaskInfo, TaskStatus } from "../events/run_event.ts";
import { threadName } from "../events/run_event.ts";
import type { Summary } from "../events/summary.ts";

/** The argument of `onSchedulerStart` callbacks. */
export interface SchedulerMeta {
  /** Number of tasks in the run. */
  readonly totalTasks: number;
  /** Maximum number of tasks that run at once. */
  readonly workers: number;
  /** The start time of the run. */
  readonly startTime: Date;
}

/**
 * The arguments of each kind of callback. They precede the arguments given at its registration.
 */
export interface CallbackArguments {
  /** A task is ready: all its dependencies have finished. */
  readonly taskStart: [name: string];
  /** A task has started on a thread. */
  readonly taskRun: [name: string, thread: string];
  /**
   * A task has finished, as the `count`-th of the run. A task that never ran has no thread.
   */
  readonly taskDone: [name: string, thread: string | undefined, status: TaskStatus, count: number];
  /** The run starts. */
  readonly schedulerStart: [meta: SchedulerMeta];
  /** The run is finished. */
  readonly schedulerDone: [summary: Summary];
}

/** The kinds of callback. */
export type CallbackKind = keyof CallbackArguments;

/** A registered callback. */
export interface Callback {
  readonly kind: CallbackKind;
  /**
   * Calls the user's function with these arguments, followed by those given at its registration.
   */
  readonly call: (args: readonly unknown[]) => unknown;
}

/** The kinds of callback that receive events during the run. */
type LiveKind = Exclude<CallbackKind, "schedulerDone">;

/**
 * Converts callbacks to reporters, except those for the end of the run. A callback that throws or
 * rejects is detached.
 */
export function callbackReporters(callbacks: readonly Callback[]): Reporter[] {
  return callbacks.flatMap((callback) =>
    callback.kind === "schedulerDone" ? [] : [callbackReporter(callback, callback.kind)]
  );
}

/**
 * Calls the callbacks for the end of the run.
 *
 * @returns The errors that they threw.
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
      const isOfNode = "task" in event && event.task !== null &&
        tasks[event.task]?.kind !== undefined;
      const args = isOfNode ? undefined : argumentsOf(event, tasks);
      return args === undefined ? undefined : callback.call(args);
    },
  };
}

type ArgumentsOf<K extends LiveKind> = (
  event: RunEvent,
  tasks: readonly TaskInfo[],
) => CallbackArguments[K] | undefined;

/**
 * For each kind, creates a function that converts an event to the callback's arguments, or to
 * undefined if the callback does not receive it.
 */
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
        totalTasks: event.tasks.filter(({ kind }) => kind === undefined).length,
        workers: event.workers,
        startTime: new Date(event.startedAt),
      }]
      : undefined,
};
