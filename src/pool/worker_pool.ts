/**
 * Runs tasks on Web Workers. Workers are started while ready tasks wait for a thread, never more than
 * there is work for; a worker that is lost is replaced, and whatever it was running fails.
 */
import type { ErrorRecord } from "../base/error_record.ts";
import { callLater } from "../runtime/timers.ts";
import { type CancelReason, threadName } from "../events/run_event.ts";
import { PlanBufferPool } from "../plan/plan_buffers.ts";
import type { ResultCellsBuffer, SharedState } from "../state/shared_state.ts";
import type { TaskId } from "../task/task.ts";
import { PrestartedWorker, workerEntry } from "./prestarted_worker.ts";
import {
  SHUTDOWN_TIMEOUTS,
  shutdownTimeoutMessage,
  type ShutdownTimeouts,
  STILL_BUSY,
  teardownFailure,
} from "../lane/shutdown.ts";
import { type StartupLimits, StartupTimeout } from "../lane/startup_timeout.ts";
import { ReplayHandshakes } from "./replay_handshakes.ts";
import { eventLoopTurn } from "../thread/event_loop.ts";
import { FIRST_OWNER_ID } from "../lane/lane_ids.ts";
import { handleLateMessage } from "../lane/late_messages.ts";
import { LaneRestarts } from "./lane_restarts.ts";
import type { Pool, PoolListener, PoolOptions } from "./pool.ts";
import type { RunSpec } from "../lane/run_spec.ts";
import { type FromWorker, REPLAY_WORKER_NAME } from "../lane/worker_protocol.ts";
import { RunAckTimeout } from "../lane/run_ack_timeout.ts";
import { WorkerHandle } from "./worker_handle.ts";

/** How a pool of workers is set up. */
export interface WorkerPoolOptions extends PoolOptions {
  /** A thread to begin with. */
  readonly early?: PrestartedWorker | undefined;
}

/** The main thread's copy of the state may lag this far: past it, workers would have to write snapshots. */
const CATCH_UP_BYTES = 64 * 1024;
/** How long ready tasks wait for a thread that works already before another is started for them. */
const PATIENCE_MS = 3;

/** See the head of this file. */
export class WorkerPool implements Pool {
  readonly size: number;
  readonly canKill = true;
  readonly hasThreads = true;
  readonly state: SharedState;
  readonly planMemory = new PlanBufferPool();
  readonly #keepWorkers: boolean;
  readonly #early: PrestartedWorker | undefined;
  readonly #workers: (WorkerHandle | undefined)[];
  readonly #lost: LaneRestarts;
  readonly #hellos = new ReplayHandshakes();
  readonly #silence = new RunAckTimeout();
  readonly #readyLimits: StartupLimits | undefined;
  readonly #endingLimits: ShutdownTimeouts;
  #nextOwner = FIRST_OWNER_ID;
  #forgetPatience: (() => void) | undefined;
  /** Whether workers have to clean up before they end. */
  #hasTeardown = false;
  #results: ResultCellsBuffer | undefined;
  #order: RunSpec | undefined;
  /** Asked by threads that load code, which may go on after the run they were started for. */
  #recall: RunSpec["recall"] | undefined;
  #listener: PoolListener | undefined;
  #disposal: Promise<void> | undefined;

  constructor(options: WorkerPoolOptions) {
    this.size = options.size;
    this.state = options.state;
    this.#keepWorkers = options.keepWorkers ?? false;
    this.#early = options.early;
    this.#readyLimits = options.readyLimits;
    this.#endingLimits = options.endingLimits ?? SHUTDOWN_TIMEOUTS;
    this.#workers = new Array(options.size).fill(undefined);
    this.#lost = new LaneRestarts(options.size);
  }

  run(order: RunSpec, listener: PoolListener): void {
    this.#order = order;
    this.#recall = order.recall;
    this.#listener = listener;
    this.#lost.clear();
    this.#results = order.rules.storeResults ? this.state.openResults(order.names) : undefined;
    for (const worker of this.#workers) if (worker) this.#give(worker, order);
    const giveUp = (it: WorkerHandle) => this.#lose(it, STILL_BUSY);
    this.#silence.begin(this.#workers, this.#endingLimits.lastWordsMs, giveUp);
    this.nudge();
  }

  nudge(): void {
    this.state.catchUp(CATCH_UP_BYTES);
    const order = this.#order;
    if (!order || this.#waiting(order) <= 0) return;
    // Where a thread works already, tasks of microseconds are done before another has started.
    if (!this.#workers.some((it) => it?.isReady)) this.#startWaiting(order);
    else this.#forgetPatience ??= callLater(() => this.#startWaiting(order), PATIENCE_MS);
  }

  /** How many ready tasks there is no thread for, nor one that is on its way; none if there is no lane for another. */
  #waiting(order: RunSpec): number {
    if (this.#workers.every((worker, lane) => worker || this.#lost.cannotRestart(lane))) return 0;
    return order.plan.readyCount - this.#workers.filter((it) => it && !it.isReady).length;
  }

  #startWaiting(order: RunSpec): void {
    this.#endPatience();
    let waiting = this.#waiting(order);
    for (let lane = 0; lane < this.size && waiting > 0; lane++) {
      if (this.#workers[lane] || this.#lost.cannotRestart(lane)) continue;
      const worker = this.#start(lane, order);
      this.#give(worker, order);
      this.#awaitReady(worker, order);
      waiting--;
    }
  }

  #endPatience(): void {
    this.#forgetPatience?.();
    this.#forgetPatience = undefined;
  }

  abort(reason: CancelReason): void {
    for (const worker of this.#workers) worker?.abort(reason);
  }

  expire(lane: number, task: TaskId, attempt: number): void {
    this.#workers[lane]?.post({ type: "expire", task, attempt });
  }

  kill(lane: number, error: ErrorRecord): void {
    const worker = this.#workers[lane];
    if (worker) this.#lose(worker, error, false); // it runs a task, though it may not have said so yet
  }

  async finish(): Promise<void> {
    const { plan, hooks } = this.#order!;
    this.#endPatience();
    this.#silence.end();
    this.#hasTeardown ||= hooks.teardownWorker !== undefined;
    const workers = this.#workers.filter((worker) => worker !== undefined);
    await Promise.all(workers.map((worker) => {
      // One that came too late to take a task has nothing to say, and may be loading still.
      const isUnused = !worker.hasRun(plan) && !this.#hasTeardown;
      if (isUnused && !this.#keepWorkers) return this.#end(worker);
      if (isUnused && worker.isOnItsWay) return; // the next run will find it there
      return this.#lastWords(worker, !this.#keepWorkers);
    }));
    if (this.#lost.isEmpty && workers.every((it) => it.isThrough)) {
      this.planMemory.release(plan.handle.buffer);
    }
    this.#order = this.#listener = undefined;
    if (!this.#keepWorkers) this.#endAll();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#disposal ??= this.#dispose();
  }

  async #dispose(): Promise<void> {
    const workers = this.#workers.filter((worker) => worker !== undefined);
    if (this.#hasTeardown) await Promise.all(workers.map((it) => this.#lastWords(it, true)));
    this.#endAll();
  }

  #endAll(): void {
    for (const worker of this.#workers) if (worker) this.#end(worker);
  }

  #start(lane: number, order: RunSpec): WorkerHandle {
    const replay = order.code.kind === "replay";
    const entry = replay ? new URL(order.code.entry) : workerEntry();
    const name = replay ? REPLAY_WORKER_NAME : threadName(lane);
    const worker = new WorkerHandle({
      entry,
      name,
      early: name === PrestartedWorker.NAME ? this.#early?.take() : undefined,
      lane,
      isListening: !replay,
      owner: this.#nextOwner++,
      state: this.state.invite(threadName(lane)),
    }, {
      message: (from, it) => this.#receive(from, it),
      gone: (from, it) => this.#lose(from, it),
    });
    this.#workers[lane] = worker;
    return worker;
  }

  /** Hands the current run to a worker. A replay worker asks for it when it listens. */
  #give(worker: WorkerHandle, order: RunSpec): void {
    order.plan.open(worker.lane, worker.owner);
    if (!worker.isListening) {
      const giveUp = (message: string) =>
        this.#lose(worker, { type: "WorkerError", message }, true);
      this.#hellos.await(worker, giveUp);
    } else worker.run(order, this.#results, this.#lost.postedBase(worker.lane));
  }

  /** A worker that does not get ready is given up, and no other is started: it would not either. */
  #awaitReady(worker: WorkerHandle, { code, hooks, rules }: RunSpec): void {
    worker.gettingReady = new StartupTimeout({
      hasSetup: hooks.setupWorker !== undefined,
      isReplay: code.kind === "replay",
      timeoutMs: rules.timeoutMs,
      limits: this.#readyLimits,
      notice: (text) => this.#listener?.notice(worker.lane, text),
      giveUp: (why) => {
        this.#lost.stopRestarting(this.#workers);
        this.#lose(worker, { type: "WorkerError", message: `the worker ${why}` });
      },
    });
  }

  #receive(worker: WorkerHandle, message: FromWorker): void {
    switch (message.type) {
      case "hello":
        this.#hellos.forget(worker);
        if (this.#order) this.#give(worker, this.#order);
        return;
      case "said":
        if (message.run !== worker.runs || !this.#listener) {
          handleLateMessage(worker.lane, message.message);
        } else this.#listener.message(worker.lane, message.message);
        return;
      case "broken":
        return this.#lose(worker, message.error, !worker.hasRun(this.#order?.plan));
      case "recall": {
        const { key, start } = message;
        const summary = this.#recall?.(key, start);
        return worker.post({ type: "recalled", key, start, summary });
      }
      case "handleSignals":
        return void this.#handleSignals(worker);
      case "ready":
        return this.nudge();
    }
  }

  async #handleSignals(worker: WorkerHandle): Promise<void> {
    await eventLoopTurn();
    worker.post({ type: "signalsHandled" });
  }

  #lose(worker: WorkerHandle, error: ErrorRecord, isHopeless = !worker.isReady): void {
    this.#end(worker);
    if (this.#lost.laneLost(worker.lane, error, isHopeless, this.#listener)) this.nudge();
  }

  async #lastWords(worker: WorkerHandle, isLast: boolean): Promise<void> {
    const hasTeardown = isLast && this.#hasTeardown;
    const { lastWordsMs, teardownMs } = this.#endingLimits;
    const isDone = hasTeardown ? worker.tearDown(teardownMs) : worker.finish(lastWordsMs);
    if (await isDone) return;
    if (!hasTeardown) return this.#lose(worker, STILL_BUSY);
    const message = shutdownTimeoutMessage(worker.isReady, this.#endingLimits);
    this.#lose(worker, { type: "WorkerError", message });
    if (worker.isReady) this.#listener?.message(worker.lane, teardownFailure(message));
  }

  #end(worker: WorkerHandle): void {
    this.#hellos.forget(worker);
    worker.terminate();
    this.state.fence(worker.state);
    if (this.#workers[worker.lane] === worker) this.#workers[worker.lane] = undefined;
  }
}
