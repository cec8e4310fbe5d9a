/**
 * The loss of resources in use. Running tasks that use a lost resource fail with that cause; later
 * ones wait in the plan until it is set up again, or are skipped. Resources that use a lost one are
 * lost with it. Its tear-down still runs, unless its thread is lost as
 * well: then it fails, since the instance is gone with the thread.
 */
import type { ErrorRecord } from "../base/error_record.ts";
import { clearTimeout, setTimeout } from "../runtime/timers.ts";
import type { Graph } from "../graph/graph.ts";
import type { Plan } from "../plan/plan.ts";
import type { PlanResource, RunningTask } from "../plan/task_status.ts";
import type { TaskId } from "../task/task.ts";
import { GRACE_MS } from "./run_timers.ts";

/** The actions of {@linkcode RunningResources}. */
export interface ResourceActions {
  /** Fails a running attempt, and aborts its signal. */
  fail(lane: number, task: TaskId, attempt: number, error: ErrorRecord): void;
  /** Terminates the thread of a task that has not ended within the grace period. */
  terminate(lane: number, task: TaskId, error: ErrorRecord): void;
}

/** The resources of a run, by their lanes. */
export class RunningResources implements Disposable {
  readonly #graph: Graph;
  readonly #nodes: readonly PlanResource[];
  readonly #nowMs: () => number;
  readonly #actions: ResourceActions;
  readonly #timers = new Set<ReturnType<typeof setTimeout>>();

  /** @param nowMs Milliseconds since the run's start. */
  constructor(
    graph: Graph,
    nodes: readonly PlanResource[],
    nowMs: () => number,
    actions: ResourceActions,
  ) {
    this.#graph = graph;
    this.#nowMs = nowMs;
    this.#nodes = nodes;
    this.#actions = actions;
  }

  /** Handles the loss of the thread of a lane, if the lane is that of a resource in use. */
  threadLost(lane: number, plan: Plan, cause: ErrorRecord): void {
    const node = this.#nodes.find((it) => it.lane === lane);
    if (node !== undefined) this.lost(this.#graph.names[node.setUp]!, plan, cause);
  }

  /** Handles the loss of a resource: its thread may be alive, and disposes of what is left. */
  lost(name: string, plan: Plan, cause: ErrorRecord): void {
    const node = this.#nodes.find(({ setUp }) => this.#graph.names[setUp] === name);
    if (node === undefined) return;
    const users = this.#usersOf(name);
    const running = plan.loseResource(node, users, this.#nowMs());
    if (running === undefined) return;
    const error = {
      type: "ResourceLostError",
      message: `the resource "${name}" was lost while this task used it: ${cause.message}`,
      cause,
    };
    for (const user of running) this.#failUser(user, error);
    for (const user of users) {
      const { kind, name: lost } = this.#graph.tasks[user]!;
      const message = `its resource "${name}" was lost: ${cause.message}`;
      if (kind === "resource") this.lost(lost, plan, { type: "ResourceLostError", message });
    }
  }

  /** Handles the report of an instance; one of an earlier instance has no effect. */
  reported(name: string, attempt: number, plan: Plan, cause: ErrorRecord): void {
    const setUp = this.#graph.idOf(name);
    if (setUp !== undefined && plan.attemptOf(setUp) === attempt) this.lost(name, plan, cause);
  }

  /** The error of a node that no thread will run: a set-up, or the tear-down of a lost resource. */
  errorOf(task: TaskId, error: ErrorRecord): ErrorRecord {
    if (this.#graph.tasks[task]!.kind !== "teardown") return error;
    const { setUp } = this.#nodes.find((it) => it.tearDown === task)!;
    return {
      type: "ResourceLostError",
      message: `the resource "${this.#graph.names[setUp]}" was not disposed of: ` +
        `its thread was lost: ${error.message}`,
      cause: error,
    };
  }

  /** The set-up of a tear-down; undefined for any other node. */
  setUpOf(tearDown: TaskId): TaskId | undefined {
    return this.#nodes.find((it) => it.tearDown === tearDown)?.setUp as TaskId | undefined;
  }

  /** Clears all timers. */
  [Symbol.dispose](): void {
    for (const timer of this.#timers) clearTimeout(timer);
  }

  #usersOf(name: string): Set<number> {
    const users = [...this.#graph.tasks.entries()].filter(([, { use }]) => use?.includes(name));
    return new Set(users.map(([id]) => id));
  }

  #failUser({ lane, task, attempt }: RunningTask, error: ErrorRecord): void {
    this.#actions.fail(lane, task, attempt, error);
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#actions.terminate(lane, task, error);
    }, GRACE_MS);
    this.#timers.add(timer);
  }
}
