/**
 * A pool with a thread of its own for each resource of a run. The lanes of the tasks belong to
 * another pool; each later lane belongs to one resource, whose thread is started when the set-up is
 * ready, takes no slot of a task, and keeps the instance until the tear-down.
 *
 *     idle --(a node is ready)--> started --(tear-down ended, run finished)--> finished
 *                                         '--(lost while the resource is up)--> exhausted
 *
 * The instance of a lost thread is gone, so no replacement is started for it, unless it is set up
 * again: its tear-down, once it is ready, fails with the cause of the loss.
 */
import type { ErrorRecord } from "../base/error_record.ts";
import type { CancelReason } from "../events/run_event.ts";
import type { RunSpec } from "../lane/run_spec.ts";
import { type Plan, type PlanResource, TaskState } from "../plan/plan.ts";
import type { TaskId } from "../task/task.ts";
import type { Pool, PoolListener } from "./pool.ts";

/** The lane of a resource. */
interface ResourceLane {
  readonly lane: number;
  readonly setUp: number;
  /** The thread, once it is started. */
  pool: Pool | undefined;
  /** The reason why no thread will run its nodes. */
  error: ErrorRecord | undefined;
}

/** A pool of tasks, and threads for resources. */
export class ResourceLanes implements Pool {
  readonly #tasks: Pool;
  readonly #lanes: readonly ResourceLane[];
  #spec: RunSpec | undefined;
  #listener: PoolListener | undefined;

  /**
   * @param tasks The pool of the tasks; it can create lanes for resources.
   * @param nodes The resources, each with a lane.
   */
  constructor(tasks: Pool, nodes: readonly PlanResource[]) {
    this.#tasks = tasks;
    this.#lanes = nodes.map(({ setUp, lane }) => {
      return { lane: lane!, setUp, pool: undefined, error: undefined };
    });
  }

  get size(): number {
    return this.#tasks.size;
  }

  get state(): Pool["state"] {
    return this.#tasks.state;
  }

  get canKill(): boolean {
    return this.#tasks.canKill;
  }

  get hasThreads(): boolean {
    return this.#tasks.hasThreads ?? false;
  }

  run(spec: RunSpec, listener: PoolListener): void {
    this.#spec = { ...spec, isPlanShared: true };
    this.#listener = listener;
    this.#tasks.run(this.#spec, listener);
    this.#nudgeLanes(this.#spec.plan);
  }

  nudge(): void {
    this.#tasks.nudge();
    if (this.#spec) this.#nudgeLanes(this.#spec.plan);
  }

  abort(reason: CancelReason): void {
    for (const pool of this.#pools) pool.abort(reason);
  }

  expire(lane: number, task: TaskId, attempt: number): void {
    this.#poolOf(lane)?.expire(lane, task, attempt);
  }

  failTask(lane: number, task: TaskId, attempt: number, error: ErrorRecord): void {
    this.#poolOf(lane)?.failTask(lane, task, attempt, error);
  }

  kill(lane: number, error: ErrorRecord): void {
    this.#poolOf(lane)?.kill(lane, error);
  }

  async finish(): Promise<void> {
    // First: what the threads of resources share with the other pool is closed with that.
    await Promise.all(this.#lanes.map(({ pool }) => pool?.finish()));
    await this.#tasks.finish();
    this.#spec = this.#listener = undefined;
    await this.#disposeLanes();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#disposeLanes();
    await this.#tasks[Symbol.asyncDispose]();
  }

  get #pools(): Pool[] {
    return [this.#tasks, ...this.#lanes.flatMap(({ pool }) => pool ?? [])];
  }

  #poolOf(lane: number): Pool | undefined {
    return lane < this.#tasks.size ? this.#tasks : this.#lanes[lane - this.#tasks.size]?.pool;
  }

  async #disposeLanes(): Promise<void> {
    await Promise.all(this.#lanes.map(({ pool }) => pool?.[Symbol.asyncDispose]()));
  }

  /** Starts the threads of resources with a ready node. */
  #nudgeLanes(plan: Plan): void {
    for (const it of this.#lanes) {
      const isReady = plan.readyCountOf(it.lane) > 0;
      if (it.error !== undefined && isReady) this.#listener!.exhausted(it.error, it.lane);
      else if (it.pool !== undefined) it.pool.nudge();
      else if (isReady) this.#start(it, plan);
    }
  }

  #start(it: ResourceLane, plan: Plan): void {
    const mayRestart = () => {
      return plan.stateOf(it.setUp) !== TaskState.PASSED || plan.hasRestarts(it.setUp);
    };
    it.pool = this.#tasks.createResourceLane!({ firstLane: it.lane, mayRestart });
    const listener = this.#listener!;
    it.pool.run(this.#spec!, {
      get isReporting() {
        return listener.isReporting;
      },
      message: (lane, message) => listener.message(lane, message),
      notice: (lane, text) => listener.notice(lane, text),
      lost: (lane, error, firstSeq) => listener.lost(lane, error, firstSeq),
      exhausted: (error) => {
        it.error = error;
        listener.exhausted(error, it.lane);
      },
    });
  }
}
