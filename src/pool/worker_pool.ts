/**
 * Runs tasks on Web Workers. A run begins with one. Others are started while ready tasks wait for a
 * thread, and ahead of them as the width of the graph and the cores call for, once a run turns out
 * not to be a short one; never more than there is work for. A lost worker is replaced, and its task
 * fails.
 */
import type { ErrorRecord } from "../base/error_record.ts";
import { nowMs } from "../runtime/clock.ts";
import { primordials } from "../runtime/primordials.ts";
import { callLater } from "../runtime/timers.ts";
import { type CancelReason, threadName } from "../events/run_event.ts";
import { PlanBufferPool } from "../plan/plan_buffer_pool.ts";
import type { ResultCellsBuffer, SharedState } from "../state/shared_state.ts";
import type { TaskId } from "../task/task.ts";
import { PrestartedWorker, workerEntry } from "./prestarted_worker.ts";
import {
  SHUTDOWN_TIMEOUTS,
  shutdownTimeoutMessage,
  type ShutdownTimeouts,
  teardownFailure,
  WORKER_BUSY_ERROR,
} from "../lane/shutdown.ts";
import { type StartupLimits, StartupTimeout } from "../lane/startup_timeout.ts";
import { eventLoopTurn } from "../thread/event_loop.ts";
import { FIRST_OWNER_ID } from "../lane/lane_ids.ts";
import { handleLateMessage } from "../lane/handle_late_message.ts";
import { LaneRestarts } from "./lane_restarts.ts";
import type { Pool, PoolListener, PoolOptions, ResourceLaneOptions } from "./pool.ts";
import type { RunSpec } from "../lane/run_spec.ts";
import type { FromWorker } from "../lane/worker_protocol.ts";
import { RunAckTimeout } from "../lane/run_ack_timeout.ts";
import { ThreadPayoff } from "./thread_payoff.ts";
import { WorkerHandle } from "./worker_handle.ts";

/** The parts of the pool of the tasks that the lane of a resource uses, too. */
interface SharedParts {
  /** The memory of small results in the current run. */
  results(): ResultCellsBuffer | undefined;
  /** The next owner id in plans, unique among all threads of a run. */
  nextOwner(): number;
}

/** Options of a pool of workers. */
export interface WorkerPoolOptions extends PoolOptions {
  /** A started thread, taken as the first. */
  readonly prestarted?: PrestartedWorker | undefined;
  /** Of the lane of a resource: its number, and what it shares with the pool of the tasks. */
  readonly resource?: ResourceLaneOptions & SharedParts;
}

/**
 * Maximum lag of the main thread's replica, in bytes: past it, workers would have to write
 * snapshots.
 */
const CATCH_UP_BYTES = 64 * 1024;
/**
 * Time that ready tasks wait for a busy thread before another one is started, in milliseconds:
 * tasks of microseconds are done before that.
 */
const START_DELAY_MS = 3;
/**
 * Time that the first thread has been ready before others are started for tasks that are not ready
 * yet, and between two looks at the progress of short tasks, in milliseconds. A run of tasks that
 * do nothing is mostly done by then, and pays nothing.
 */
const START_AHEAD_MS = 5;
/**
 * Time after which others are started while the first thread is still loading, in milliseconds:
 * above the time that a small module takes, far below that of a large package.
 */
const START_AHEAD_LOADING_MS = 15;

/** A pool of Web Workers. */
export class WorkerPool implements Pool {
  readonly size: number;
  readonly canKill = true;
  readonly hasThreads = true;
  readonly state: SharedState;
  readonly planBuffers = new PlanBufferPool();
  readonly #keepWorkers: boolean;
  readonly #prestarted: PrestartedWorker | undefined;
  readonly #workers: (WorkerHandle | undefined)[];
  readonly #restarts: LaneRestarts;
  readonly #payoff = new ThreadPayoff();
  readonly #ackTimeout = new RunAckTimeout();
  readonly #startupLimits: StartupLimits | undefined;
  readonly #shutdownTimeouts: ShutdownTimeouts;
  readonly #resource: WorkerPoolOptions["resource"];
  readonly #firstLane: number;
  #nextOwner = FIRST_OWNER_ID;
  #cancelDelayedStart: (() => void) | undefined;
  #cancelStartAhead: (() => void) | undefined;
  /** Whether workers have to tear down before they end. */
  #hasTeardown = false;
  #results: ResultCellsBuffer | undefined;
  #spec: RunSpec | undefined;
  /** Used by threads that load code, possibly after the run they were started for. */
  #startSummary: RunSpec["startSummary"] | undefined;
  #listener: PoolListener | undefined;
  #disposal: Promise<void> | undefined;

  constructor(options: WorkerPoolOptions) {
    this.size = options.size;
    this.state = options.state;
    this.#keepWorkers = options.keepWorkers ?? false;
    this.#prestarted = options.prestarted;
    this.#startupLimits = options.startupLimits;
    this.#shutdownTimeouts = options.shutdownTimeouts ?? SHUTDOWN_TIMEOUTS;
    this.#workers = new Array(options.size).fill(undefined);
    this.#resource = options.resource;
    this.#firstLane = options.resource?.firstLane ?? 0;
    this.#restarts = new LaneRestarts(options.size, this.#firstLane);
  }

  createResourceLane(options: ResourceLaneOptions): Pool {
    return new WorkerPool({
      size: 1,
      state: this.state,
      ...(this.#startupLimits && { startupLimits: this.#startupLimits }),
      shutdownTimeouts: this.#shutdownTimeouts,
      keepWorkers: options.outlivesRun ?? false,
      resource: {
        ...options,
        results: () => this.#results,
        nextOwner: () => this.#nextOwner++,
      },
    });
  }

  run(spec: RunSpec, listener: PoolListener): void {
    this.#spec = spec;
    this.#startSummary = spec.startSummary;
    this.#listener = listener;
    this.#restarts.clear();
    this.#payoff.begin(spec.plan.remaining);
    if (this.#workers.some((it) => it?.isReady)) {
      this.#payoff.threadReady(spec.plan.remaining, nowMs());
    }
    if (this.#resource) this.#results = this.#resource.results();
    else this.#results = spec.rules.storeResults ? this.state.openResults(spec.names) : undefined;
    for (const worker of this.#workers) if (worker) this.#assign(worker, spec);
    const onTimeout = (it: WorkerHandle) => this.#lose(it, WORKER_BUSY_ERROR);
    this.#ackTimeout.begin(this.#workers, this.#shutdownTimeouts.drainMs, onTimeout);
    this.nudge();
    if (!this.#resource) this.#startAheadIn(START_AHEAD_LOADING_MS, spec);
  }

  nudge(): void {
    this.state.catchUp(CATCH_UP_BYTES);
    const spec = this.#spec;
    if (!spec || this.#unservedCount(spec) <= 0) return;
    if (!this.#workers.some((it) => it)) this.#startUpTo(1, spec);
    else if (!this.#workers.some((it) => it?.isReady)) {
      this.#startAheadIn(START_AHEAD_LOADING_MS, spec);
      // While a thread works, short tasks are done before another has started.
    } else this.#cancelDelayedStart ??= callLater(() => this.#startWorkers(spec), START_DELAY_MS);
  }

  /**
   * Number of ready tasks without a thread, or one that is starting; 0 if no lane can get another
   * thread.
   */
  #unservedCount(spec: RunSpec): number {
    if (!this.#hasIdleLane) return 0;
    const { plan } = spec;
    return (this.#resource ? plan.readyCountOf(this.#firstLane) : plan.readyCount) -
      this.#workers.filter((it) => it && !it.isReady).length;
  }

  /** Whether a replacement would fail, too. */
  #cannotStart(index: number): boolean {
    return this.#restarts.cannotRestart(this.#firstLane + index);
  }

  /** Whether some lane has no thread, and can get one. */
  get #hasIdleLane(): boolean {
    return !this.#workers.every((worker, index) => worker || this.#cannotStart(index));
  }

  /** Starts threads for ready tasks. */
  #startWorkers(spec: RunSpec): void {
    this.#cancelDelayedStart?.();
    this.#cancelDelayedStart = undefined;
    // The task of a chain is ready for a moment: more threads would only compete for it.
    if (spec.graphWidth() === 1) return;
    const count = this.#unservedCount(spec);
    if (count <= 0) return;
    if (this.#isPayoffLikely(spec)) this.#startUpTo(count, spec);
    // Looks again, since no event follows if the next tasks take long.
    else this.#cancelDelayedStart = callLater(() => this.#startWorkers(spec), START_AHEAD_MS);
  }

  /** Sets the time at which threads are started ahead, unless it is set. */
  #startAheadIn(delayMs: number, spec: RunSpec): void {
    if (!this.#hasIdleLane) return;
    this.#cancelStartAhead ??= callLater(() => this.#startAhead(spec), delayMs);
  }

  /** Starts the threads that the graph has work for once it widens: they load meanwhile. */
  #startAhead(spec: RunSpec): void {
    this.#cancelStartAhead = undefined;
    if (!this.#isPayoffLikely(spec)) return this.#startAheadIn(START_AHEAD_MS, spec);
    const { hardwareConcurrency } = primordials.navigator;
    const demand = Math.min(spec.graphWidth(), spec.plan.remaining, hardwareConcurrency);
    this.#startUpTo(demand - this.#workers.filter((it) => it).length, spec);
  }

  #isPayoffLikely({ plan }: RunSpec): boolean {
    return this.#payoff.isLikely(plan.remaining, nowMs());
  }

  /** Starts a number of threads, or as many as there are lanes for. */
  #startUpTo(count: number, spec: RunSpec): void {
    for (let index = 0, left = count; index < this.size && left > 0; index++) {
      if (this.#workers[index] || this.#cannotStart(index)) continue;
      const worker = this.#start(this.#firstLane + index);
      this.#assign(worker, spec);
      this.#limitStartup(worker, spec);
      left--;
    }
  }

  #cancelStarts(): void {
    this.#cancelDelayedStart?.();
    this.#cancelStartAhead?.();
    this.#cancelDelayedStart = this.#cancelStartAhead = undefined;
  }

  abort(reason: CancelReason): void {
    for (const worker of this.#workers) worker?.abort(reason);
  }

  expire(lane: number, task: TaskId, attempt: number): void {
    this.#workers[lane - this.#firstLane]?.post({ type: "expire", task, attempt });
  }

  failTask(lane: number, task: TaskId, attempt: number, error: ErrorRecord): void {
    this.#workers[lane - this.#firstLane]?.post({ type: "fail", task, attempt, error });
  }

  kill(lane: number, error: ErrorRecord): void {
    const worker = this.#workers[lane - this.#firstLane];
    if (worker) this.#lose(worker, error, false); // its "ready" may still be on its way
  }

  async finish(): Promise<void> {
    const { plan, hooks, isPlanShared } = this.#spec!;
    this.#cancelStarts();
    this.#ackTimeout.end();
    this.#hasTeardown ||= hooks.teardownWorker !== undefined;
    const workers = this.#workers.filter((worker) => worker !== undefined);
    await Promise.all(workers.map((worker) => {
      // A worker that has taken no task has no messages, and may still be loading.
      const isUnused = !worker.hasTakenTask(plan) && !this.#hasTeardown;
      if (isUnused && !this.#keepWorkers) return this.#endWorker(worker);
      if (isUnused && worker.isStarting) return; // the next run uses it
      return this.#drainWorker(worker, !this.#keepWorkers);
    }));
    if (!isPlanShared && this.#restarts.isEmpty && workers.every((it) => it.isDrained)) {
      this.planBuffers.release(plan.handle.buffer);
    }
    this.#spec = undefined;
    if (!this.#keepWorkers) this.#endAll();
    if (!this.#keepWorkers || !this.#resource) this.#listener = undefined;
  }

  release(setUp: TaskId): Promise<ErrorRecord | undefined> {
    return this.#workers[0]?.release(setUp) ?? Promise.resolve(undefined);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#disposal ??= this.#dispose();
  }

  async #dispose(): Promise<void> {
    const workers = this.#workers.filter((worker) => worker !== undefined);
    if (this.#hasTeardown) await Promise.all(workers.map((it) => this.#drainWorker(it, true)));
    this.#endAll();
  }

  #endAll(): void {
    for (const worker of this.#workers) if (worker) this.#endWorker(worker);
  }

  #start(lane: number): WorkerHandle {
    const name = threadName(lane);
    const worker = new WorkerHandle({
      entry: workerEntry(),
      name,
      prestarted: name === PrestartedWorker.NAME ? this.#prestarted?.take() : undefined,
      lane,
      owner: this.#resource?.nextOwner() ?? this.#nextOwner++,
      state: this.state.invite(threadName(lane)),
    }, {
      message: (from, it) => this.#receive(from, it),
      lost: (from, it) => this.#lose(from, it),
    });
    this.#workers[lane - this.#firstLane] = worker;
    return worker;
  }

  /** Gives the current run to a worker. */
  #assign(worker: WorkerHandle, spec: RunSpec): void {
    spec.plan.open(worker.lane, worker.owner);
    worker.run(spec, this.#results, this.#restarts.firstSeq(worker.lane));
  }

  /** Limits the startup of a worker. If it times out, no other is started: it would fail, too. */
  #limitStartup(worker: WorkerHandle, { hooks, rules }: RunSpec): void {
    worker.startupTimeout = new StartupTimeout({
      hasSetup: hooks.setupWorker !== undefined,
      timeoutMs: rules.timeoutMs,
      limits: this.#startupLimits,
      onNotice: (text) => this.#listener?.notice(worker.lane, text),
      onTimeout: (why) => {
        this.#restarts.stopRestarting(this.#workers);
        this.#lose(worker, { type: "WorkerError", message: `the worker ${why}` });
      },
    });
  }

  #receive(worker: WorkerHandle, message: FromWorker): void {
    switch (message.type) {
      case "message":
        if (message.run !== worker.runCount || !this.#listener) {
          handleLateMessage(worker.lane, message.message);
        } else this.#listener.message(worker.lane, message.message);
        return;
      case "broken":
        return this.#lose(worker, message.error, !worker.hasTakenTask(this.#spec?.plan));
      case "start-summary-request": {
        const { key, start } = message;
        const summary = this.#startSummary?.(key, start);
        return worker.post({ type: "start-summary", key, start, summary });
      }
      case "handle-signals":
        return void this.#handleSignals(worker);
      case "ready":
        return this.#threadReady(message.loadMs);
    }
  }

  #threadReady(loadMs: number): void {
    if (!this.#spec) return;
    this.#payoff.threadReady(this.#spec.plan.remaining, nowMs(), loadMs);
    // Later threads change nothing: others were started, or are about to be.
    if (this.#cancelStartAhead) {
      this.#cancelStartAhead();
      this.#cancelStartAhead = undefined;
      this.#startAheadIn(START_AHEAD_MS, this.#spec);
    }
    this.nudge();
  }

  async #handleSignals(worker: WorkerHandle): Promise<void> {
    await eventLoopTurn();
    worker.post({ type: "signals-handled" });
  }

  #lose(worker: WorkerHandle, error: ErrorRecord, isHopeless = !worker.isReady): void {
    this.#endWorker(worker);
    const isFinal = isHopeless || !(this.#resource?.mayRestart() ?? true);
    if (this.#restarts.laneLost(worker.lane, error, isFinal, this.#listener)) this.nudge();
  }

  async #drainWorker(worker: WorkerHandle, isLast: boolean): Promise<void> {
    const hasTeardown = isLast && this.#hasTeardown;
    const { drainMs, teardownMs } = this.#shutdownTimeouts;
    const isDone = hasTeardown ? worker.tearDown(teardownMs) : worker.drain(drainMs);
    if (await isDone) return;
    if (!hasTeardown) return this.#lose(worker, WORKER_BUSY_ERROR);
    const message = shutdownTimeoutMessage(worker.isReady, this.#shutdownTimeouts);
    this.#lose(worker, { type: "WorkerError", message });
    if (worker.isReady) this.#listener?.message(worker.lane, teardownFailure(message));
  }

  #endWorker(worker: WorkerHandle): void {
    worker.terminate();
    this.state.fence(worker.state);
    const index = worker.lane - this.#firstLane;
    if (this.#workers[index] === worker) this.#workers[index] = undefined;
  }
}
