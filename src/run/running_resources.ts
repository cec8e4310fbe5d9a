/**
 * The loss of resources in use. Running tasks that use a lost resource fail with that cause,
 * and later ones are skipped by the plan. Its tear-down still runs, unless its thread is lost as
 * well: then it fails, since the instance is gone with the thread.
 */
import type { ErrorRecord } from "../base/error_record.ts";
import { clearTimeout, setTimeout } from "../runtime/timers.ts";
import type { Graph } from "../graph/graph.ts";
import type { Plan } from "../plan/plan.ts";
import type { PlanResource } from "../plan/task_status.ts";
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
  readonly #actions: ResourceActions;
  readonly #timers = new Set<ReturnType<typeof setTimeout>>();

  constructor(graph: Graph, nodes: readonly PlanResource[], actions: ResourceActions) {
    this.#graph = graph;
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
    if (!plan.loseResource(node.setUp as TaskId, node.tearDown as TaskId)) return;
    const error = {
      type: "ResourceLostError",
      message: `the resource "${name}" was lost while this task used it: ${cause.message}`,
      cause,
    };
    for (let user = 0; user < plan.handle.lanes; user++) {
      const task = plan.lanes.current(user) as TaskId | -1;
      if (task >= 0 && this.#graph.tasks[task]!.use?.includes(name)) {
        this.#failUser(user, task as TaskId, plan.attemptOf(task), error);
      }
    }
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

  #failUser(lane: number, task: TaskId, attempt: number, error: ErrorRecord): void {
    this.#actions.fail(lane, task, attempt, error);
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#actions.terminate(lane, task, error);
    }, GRACE_MS);
    this.#timers.add(timer);
  }
}
