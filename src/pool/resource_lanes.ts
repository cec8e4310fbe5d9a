/**
 * A pool with a thread of its own for each resource of a run. The lanes of the tasks belong to
 * another pool; each later lane belongs to one resource, whose thread is started when the set-up is
 * ready, takes no slot of a task, and keeps the instance until the tear-down.
 *
 *     idle --(a node is ready)--> started --(tear-down ended, run finished)--> finished
 *                                         '--(lost while the resource is up)--> exhausted
 *
 * In a watch, a resource may outlive the run: then its thread stays, and its pool is passed on.
 *
 * The instance of a lost thread is gone, so no replacement is started for it, unless it is set up
 * again: its tear-down, once it is ready, fails with the cause of the loss.
 */
import type { ErrorRecord } from "../base/error_record.ts";
import type { CancelReason } from "../events/run_event.ts";
import type { RunSpec } from "../lane/run_spec.ts";
import { type Plan, type PlanResource, TaskState } from "../plan/plan.ts";
import type { TaskId } from "../task/task.ts";
import { OutlivingResource } from "./outliving_resource.ts";
import type { Pool, PoolListener } from "./pool.ts";

/** The actions for resources that outlive a run. */
export interface ResourceKeeping {
  /** The names of the nodes by id. */
  readonly names: readonly string[];
  /** The time limit of a tear-down in ms, if it has one. */
  timeoutMsOf(tearDown: number): number | undefined;
  /** Receives a resource that outlives the run, when the pool is finished. */
  keep(resource: OutlivingResource): void;
}

/** The lane of a resource. */
interface ResourceLane {
  readonly lane: number;
  readonly setUp: number;
  readonly tearDown: number;
  /** The thread, once it is started. */
  pool: Pool | undefined;
  /** The reason why no thread will run its nodes. */
  error: ErrorRecord | undefined;
  /** The resource, if it outlives the run. */
  outliving: OutlivingResource | undefined;
}

/** A pool of tasks, and threads for resources. */
export class ResourceLanes implements Pool {
  readonly #tasks: Pool;
  readonly #lanes: readonly ResourceLane[];
  readonly #keeping: ResourceKeeping | undefined;
  #spec: RunSpec | undefined;
  #listener: PoolListener | undefined;

  /**
   * @param tasks The pool of the tasks; it can create lanes for resources.
   * @param nodes The resources, each with a lane.
   * @param keeping Without it, no resource outlives the run.
   */
  constructor(tasks: Pool, nodes: readonly PlanResource[], keeping?: ResourceKeeping) {
    this.#tasks = tasks;
    this.#lanes = nodes.map(({ lane, ...node }) => {
      return { ...node, lane: lane!, pool: undefined, error: undefined, outliving: undefined };
    });
    // Of processes, the hub ends with the run.
    this.#keeping = tasks.hasThreads ? keeping : undefined;
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
    for (const { outliving } of this.#lanes) if (outliving) this.#keeping!.keep(outliving);
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
    const due = this.#lanes.filter(({ outliving }) => outliving === undefined);
    await Promise.all(due.map(({ pool }) => pool?.[Symbol.asyncDispose]()));
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
    const outlivesRun = this.#keeping !== undefined;
    it.pool = this.#tasks.createResourceLane!({ firstLane: it.lane, mayRestart, outlivesRun });
    const listener = this.#listener!;
    const current = () => this.#listener === undefined ? it.outliving : listener;
    it.pool.run(this.#specFor(it), {
      get isReporting() {
        return listener.isReporting;
      },
      message: (lane, message) => {
        if (message.type === "kept") it.outliving = this.#outliving(it);
        current()?.message(lane, message);
      },
      notice: (lane, text) => current()?.notice(lane, text),
      lost: (lane, error, firstSeq) => {
        if (this.#listener !== undefined) it.outliving = undefined;
        current()?.lost(lane, error, firstSeq);
      },
      exhausted: (error) => {
        it.error = error;
        current()?.exhausted(error, it.lane);
      },
    });
  }

  #specFor({ setUp }: ResourceLane): RunSpec {
    const spec = this.#spec!;
    if (this.#keeping === undefined) return spec;
    return { ...spec, rules: { ...spec.rules, outlivingResource: spec.names[setUp]! } };
  }

  #outliving({ pool, setUp, tearDown }: ResourceLane): OutlivingResource {
    const { names, timeoutMsOf } = this.#keeping!;
    return new OutlivingResource({
      name: names[setUp]!,
      setUp: setUp as TaskId,
      pool: pool!,
      timeoutMs: timeoutMsOf(tearDown),
    });
  }
}
