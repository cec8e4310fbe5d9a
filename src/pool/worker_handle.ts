/** A worker thread, from its start to its end. */
import type { ErrorRecord } from "../base/error_record.ts";
import { callAfterTimeout } from "../runtime/timers.ts";
import type { CancelReason } from "../events/run_event.ts";
import type { Plan } from "../plan/plan.ts";
import type { ResultCellsBuffer, StateHandle } from "../state/shared_state.ts";
import { Backpressure, weightOf } from "../lane/backpressure.ts";
import type { StartupTimeout } from "../lane/startup_timeout.ts";
import type { TaskId } from "../task/task.ts";
import type { RunSpec } from "../lane/run_spec.ts";
import type { FromWorker, ToWorker } from "../lane/worker_protocol.ts";
import { WorkerThread, type WorkerThreadStart } from "./worker_thread.ts";

/** The final event of a worker in a run, or before it ends. */
type FinalEvent = "drained" | "teardown-done";

/** Receives the messages of a worker. */
export interface WorkerListener {
  message(handle: WorkerHandle, message: FromWorker): void;
  /** The thread is gone, without being terminated by the pool. */
  lost(handle: WorkerHandle, error: ErrorRecord): void;
}

/** Options of a worker. */
export interface WorkerStart extends WorkerThreadStart {
  readonly lane: number;
  /** The worker's owner id in plans, which is never reused. */
  readonly owner: number;
  readonly state: StateHandle;
}

/** The error of a tear-down whose thread is gone. */
const GONE_ERROR: ErrorRecord = { type: "WorkerError", message: "its thread was lost" };

/** A worker as the pool sees it. */
export class WorkerHandle {
  readonly lane: number;
  readonly owner: number;
  readonly state: StateHandle;
  /** Number of runs it was given. */
  runCount = 0;
  /** Whether it has ever been ready to take tasks. */
  isReady = false;
  /** Whether it was kept for the current run, and has not acknowledged it yet. */
  isAwaitingAck = false;
  /** Number of runs it was ready for. */
  #readyCount = 0;
  /** Watches over its startup. */
  startupTimeout: StartupTimeout | undefined;
  /** Number of tasks of the current run that its lane had taken before this worker started. */
  #takenBefore = 0;
  readonly #thread: WorkerThread<FromWorker, ToWorker>;
  readonly #listener: WorkerListener;
  readonly #backpressure = new Backpressure();
  /** The last run that it has drained. */
  #drainedRun = 0;
  /** Called with the error of the tear-down of a resource that has outlived its run, if any. */
  #onReleased: ((error: ErrorRecord | undefined) => void) | undefined;
  /** Called with a final event, or without one when the worker has ended. */
  #onFinal: ((event?: FinalEvent) => void) | undefined;
  /** The tasks' names in its latest run. */
  #names: readonly string[] | undefined;

  /** Starts the worker. */
  constructor(start: WorkerStart, listener: WorkerListener) {
    this.lane = start.lane;
    this.owner = start.owner;
    this.state = start.state;
    this.#listener = listener;
    this.#thread = new WorkerThread(start, {
      message: (message) => this.#receive(message),
      ended: () => this.#end(),
      lost: (error) => this.#listener.lost(this, error),
    });
  }

  /**
   * Gives a run to the worker.
   *
   * @param results Memory for small results, if results are kept.
   * @param firstSeq First sequence number of its messages.
   */
  run(
    spec: RunSpec,
    results: ResultCellsBuffer | undefined,
    firstSeq: number,
  ): void {
    const { plan, names, code, rules } = spec;
    // Read before the message is posted: a waiting thread may finish its tasks before this one
    // continues.
    this.#takenBefore = plan.lanes.takenCount(this.lane);
    this.post({
      type: "run",
      run: ++this.runCount,
      lane: this.lane,
      owner: this.owner,
      state: this.state,
      livenessLock: this.#thread.livenessLock,
      backpressure: this.#backpressure.words,
      plan: plan.handle,
      code,
      results,
      rules,
      firstSeq,
      ...(this.#names === names ? {} : { names }),
    });
    this.isAwaitingAck = this.isReady;
    this.#names = names;
  }

  /** Whether it has taken a task of the current run: then a replacement can start, too. */
  hasTakenTask(plan: Plan | undefined): boolean {
    return plan !== undefined && plan.lanes.takenCount(this.lane) > this.#takenBefore;
  }

  /** Whether it has acknowledged the current run, and is still loading its code. */
  get isStarting(): boolean {
    return !this.isAwaitingAck && this.#readyCount < this.runCount;
  }

  /** Whether it has sent all its messages about each run it was given. */
  get isDrained(): boolean {
    return this.#drainedRun === this.runCount;
  }

  /** Aborts running tasks: the run is cancelled. */
  abort(reason: CancelReason): void {
    this.post({ type: "abort", reason });
    if (!this.isReady) this.startupTimeout?.enforceLimit();
  }

  /** Sends a command to the worker. */
  post(message: ToWorker): void {
    this.#thread.post(message);
  }

  /**
   * Waits for the worker to drain its run. Resolves with whether it has drained, or is gone, within
   * a time.
   */
  drain(limitMs: number): Promise<boolean> {
    if (this.isDrained) return Promise.resolve(true);
    return this.#waitFor("drained", limitMs);
  }

  /** Has the worker tear down. Resolves with whether it has done so, or is gone, within a time. */
  tearDown(limitMs: number): Promise<boolean> {
    if (!this.#thread.isTerminated) this.post({ type: "teardown" });
    return this.#waitFor("teardown-done", limitMs);
  }

  /** Has the worker dispose of what a set-up has made. Resolves with the error, if any. */
  release(setUp: TaskId): Promise<ErrorRecord | undefined> {
    if (this.#thread.isTerminated) return Promise.resolve(GONE_ERROR);
    this.post({ type: "release", task: setUp });
    return new Promise((resolve) => this.#onReleased = resolve);
  }

  #waitFor(event: FinalEvent, limitMs: number): Promise<boolean> {
    if (this.#thread.isTerminated) return Promise.resolve(true);
    return new Promise((resolve) => {
      const cancelTimeout = callAfterTimeout(() => resolve(false), limitMs);
      this.#onFinal = (received) => {
        if (received !== undefined && received !== event) return;
        cancelTimeout();
        resolve(true);
      };
    });
  }

  /** Terminates the thread. A busy one continues until its event loop turns. */
  terminate(): void {
    this.#thread.terminate();
  }

  #receive(message: FromWorker): void {
    if (message.type === "message") this.#backpressure.received(weightOf(message.message));
    else if (message.type === "alive") this.#thread.watch();
    else if (message.type === "run-ack") this.isAwaitingAck = false;
    else if (message.type === "ready") {
      this.isReady = true;
      this.#readyCount++;
      this.startupTimeout?.[Symbol.dispose]();
    } else if (message.type === "drained") {
      this.#drainedRun = message.run;
      if (message.run === this.runCount) this.#onFinal?.(message.type);
    } else if (message.type === "released") this.#onReleased?.(message.error);
    else if (message.type === "teardown-done") this.#onFinal?.(message.type);
    this.#listener.message(this, message);
  }

  #end(): void {
    this.startupTimeout?.[Symbol.dispose]();
    this.#backpressure[Symbol.dispose]();
    this.#onFinal?.();
    this.#onReleased?.(GONE_ERROR);
  }
}
