/** One worker thread, from its start to its end. */
import type { ErrorRecord } from "../base/error_record.ts";
import { keepEvents, primordials } from "../runtime/primordials.ts";
import { callAfterTimeout } from "../runtime/timers.ts";
import type { CancelReason } from "../events/run_event.ts";
import type { Plan } from "../plan/plan.ts";
import { watchLiveness } from "../sync/liveness_lock.ts";
import type { ResultCellsBuffer, StateHandle } from "../state/shared_state.ts";
import { Backpressure, weightOf } from "../lane/backpressure.ts";
import type { StartupTimeout } from "../lane/startup_timeout.ts";
import type { RunSpec } from "../lane/run_spec.ts";
import type { FromWorker, ToWorker } from "../lane/worker_protocol.ts";

/** What a worker says last: about a run, and before it ends. */
type FinalEvent = "drained" | "teardown-done";

/** Hears a worker. */
export interface WorkerListener {
  message(handle: WorkerHandle, message: FromWorker): void;
  /** The thread is gone, and not because we ended it. */
  lost(handle: WorkerHandle, error: ErrorRecord): void;
}

/** What a worker is started with. */
export interface WorkerStart {
  readonly entry: URL;
  readonly name: string;
  readonly lane: number;
  /** Its id in plans, never used again. */
  readonly owner: number;
  readonly state: StateHandle;
  /** Whether it listens from its beginning. One that does not says so by its hello. */
  readonly isListening: boolean;
  /** A thread that runs the entry already, and waits for its first message. */
  readonly prestarted?: Worker | undefined;
}

/**
 * A worker and its end. A worker that ends by `Deno.exit()` or `self.close()` sends no event at all,
 * so each holds a life lock (src/sync/liveness_lock.ts).
 */
export class WorkerHandle {
  readonly lane: number;
  readonly owner: number;
  readonly state: StateHandle;
  readonly livenessLock: string;
  /** How many runs it was given. */
  runCount = 0;
  /** Whether it can be given a run. */
  isListening: boolean;
  /** Whether it got as far as taking tasks. */
  isReady = false;
  /** Whether it was kept for the run at hand, and has not heard of it yet. */
  isAwaitingAck = false;
  /** How many runs it has got ready for. */
  #readyCount = 0;
  /** Watches over that. */
  startupTimeout: StartupTimeout | undefined;
  /** How many tasks its lane had taken of the run at hand before it was there. */
  #takenBefore = 0;
  readonly #worker: Worker;
  readonly #listener: WorkerListener;
  readonly #backpressure = new Backpressure();
  readonly #watch = new primordials.AbortController();
  /** The last run of which it has said all. */
  #drainedRun = 0;
  /** Hears that it has said a last word, or says none any more. */
  #onFinal: ((event?: FinalEvent) => void) | undefined;
  /** The names of the tasks of the run it was given last. */
  #names: readonly string[] | undefined;
  #isTerminated = false;

  /** Starts the worker. */
  constructor(start: WorkerStart, listener: WorkerListener) {
    this.lane = start.lane;
    this.owner = start.owner;
    this.state = start.state;
    this.isListening = start.isListening;
    this.livenessLock = `thread-order ${crypto.randomUUID()}`;
    this.#listener = listener;
    this.#worker = keepEvents(
      start.prestarted ?? new primordials.Worker(start.entry, { type: "module", name: start.name }),
    );
    this.#worker.onmessage = (event: MessageEvent<FromWorker>) => this.#receive(event.data);
    this.#worker.onerror = (event) => {
      event.preventDefault(); // or the whole process ends
      this.#lose({ type: "WorkerError", message: withRemedy(event.message, start.entry) });
    };
    this.#worker.onmessageerror = () =>
      this.#lose({ type: "WorkerError", message: "a message of the worker could not be read" });
  }

  /**
   * Hands a run to the worker.
   *
   * @param results Where small results are written, if results are kept.
   * @param firstSeq What its count of messages starts from.
   */
  run(
    spec: RunSpec,
    results: ResultCellsBuffer | undefined,
    firstSeq: number,
  ): void {
    const { plan, names, code, rules } = spec;
    // Before it is told: a thread that waits may be through with its tasks before this one goes on.
    this.#takenBefore = plan.lanes.taken(this.lane);
    this.post({
      type: "run",
      run: ++this.runCount,
      lane: this.lane,
      owner: this.owner,
      state: this.state,
      livenessLock: this.livenessLock,
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

  /** Whether it has taken a task of the run at hand: a worker that follows it gets further. */
  hasTakenTask(plan: Plan | undefined): boolean {
    return plan !== undefined && plan.lanes.taken(this.lane) > this.#takenBefore;
  }

  /** Whether it has heard of the run at hand, and is still loading code for it. */
  get isStarting(): boolean {
    return !this.isAwaitingAck && this.#readyCount < this.runCount;
  }

  /** Whether it has said all about each run it was given. */
  get isDrained(): boolean {
    return this.#drainedRun === this.runCount;
  }

  /** Tells the worker that the run is cancelled. */
  abort(reason: CancelReason): void {
    this.post({ type: "abort", reason });
    if (!this.isReady) this.startupTimeout?.enforceLimit();
  }

  /** Says something to the worker. */
  post(message: ToWorker): void {
    this.#worker.postMessage(message);
  }

  /** Waits until the worker has said all about its run. Says whether it has, or is gone, within a time. */
  drain(limitMs: number): Promise<boolean> {
    if (this.isDrained) return Promise.resolve(true);
    return this.#waitFor("drained", limitMs);
  }

  /** Has the worker clean up. Says whether it has, or is gone, within a time. */
  tearDown(limitMs: number): Promise<boolean> {
    if (!this.#isTerminated) this.post({ type: "teardown" });
    return this.#waitFor("teardown-done", limitMs);
  }

  #waitFor(event: FinalEvent, limitMs: number): Promise<boolean> {
    if (this.#isTerminated) return Promise.resolve(true);
    return new Promise((resolve) => {
      const cancelTimeout = callAfterTimeout(() => resolve(false), limitMs);
      this.#onFinal = (received) => {
        if (received !== undefined && received !== event) return;
        cancelTimeout();
        resolve(true);
      };
    });
  }

  /** Ends the thread. One that is busy goes on until its event loop turns. */
  terminate(): void {
    if (this.#isTerminated) return;
    this.#isTerminated = true;
    this.#watch.abort();
    this.startupTimeout?.[Symbol.dispose]();
    this.#worker.terminate();
    this.#backpressure[Symbol.dispose]();
    this.#onFinal?.();
  }

  #receive(message: FromWorker): void {
    if (this.#isTerminated) return;
    if (message.type === "message") this.#backpressure.received(weightOf(message.message));
    else if (message.type === "hello") this.isListening = true;
    else if (message.type === "alive") {
      watchLiveness(this.livenessLock, this.#watch.signal, () => {
        this.#lose({ type: "WorkerError", message: "the worker thread ended by itself" });
      });
    } else if (message.type === "run-ack") this.isAwaitingAck = false;
    else if (message.type === "ready") {
      this.isReady = true;
      this.#readyCount++;
      this.startupTimeout?.[Symbol.dispose]();
    } else if (message.type === "drained") {
      this.#drainedRun = message.run;
      if (message.run === this.runCount) this.#onFinal?.(message.type);
    } else if (message.type === "teardown-done") this.#onFinal?.(message.type);
    this.#listener.message(this, message);
  }

  #lose(error: ErrorRecord): void {
    if (this.#isTerminated) return;
    this.terminate();
    this.#listener.lost(this, error);
  }
}

/** A bundle and an executable have only the files that something imports, and nothing imports a thread's first. */
function withRemedy(message: string, entry: URL): string {
  if (!message.startsWith(`Module not found "${entry.href}"`)) return message;
  return `${
    message.replace(/\.$/, "")
  }, which threads begin with; it is put into an executable by ` +
    "`deno compile --include jsr:@thread-order/cli/worker`, and is no part of a bundle: leave the library " +
    'out of that (`--external jsr:@thread-order/cli`), or use `mode: "inline"`';
}
