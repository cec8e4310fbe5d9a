/** One worker thread, from its start to its end. */
import type { ErrorRecord } from "../base/error_record.ts";
import { pinEventMethods, primordials } from "../runtime/primordials.ts";
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
type LastWord = "finished" | "tornDown";

/** Hears a worker. */
export interface WorkerListener {
  message(handle: WorkerHandle, message: FromWorker): void;
  /** The thread is gone, and not because we ended it. */
  gone(handle: WorkerHandle, error: ErrorRecord): void;
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
  readonly early?: Worker | undefined;
}

/**
 * A worker and its end. A worker that ends by `Deno.exit()` or `self.close()` sends no event at all,
 * so each holds a life lock (src/sync/liveness_lock.ts).
 */
export class WorkerHandle {
  readonly lane: number;
  readonly owner: number;
  readonly state: StateHandle;
  readonly lifeLock: string;
  /** How many runs it was given. */
  runs = 0;
  /** Whether it can be given a run. */
  isListening: boolean;
  /** Whether it got as far as taking tasks. */
  isReady = false;
  /** Whether it was kept for the run at hand, and has not heard of it yet. */
  isAwaitingAck = false;
  /** How many runs it has got ready for. */
  #readied = 0;
  /** Watches over that. */
  gettingReady: StartupTimeout | undefined;
  /** How many tasks its lane had taken of the run at hand before it was there. */
  #takenBefore = 0;
  readonly #worker: Worker;
  readonly #listener: WorkerListener;
  readonly #backlog = new Backpressure();
  readonly #watch = new primordials.AbortController();
  /** The last run of which it has said all. */
  #finished = 0;
  /** Hears that it has said a last word, or says none any more. */
  #onWord: ((word?: LastWord) => void) | undefined;
  /** The names of the tasks of the run it was given last. */
  #names: readonly string[] | undefined;
  #ended = false;

  /** Starts the worker. */
  constructor(start: WorkerStart, listener: WorkerListener) {
    this.lane = start.lane;
    this.owner = start.owner;
    this.state = start.state;
    this.isListening = start.isListening;
    this.lifeLock = `thread-order ${crypto.randomUUID()}`;
    this.#listener = listener;
    this.#worker = pinEventMethods(
      start.early ?? new primordials.Worker(start.entry, { type: "module", name: start.name }),
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
   * @param postedBase What its count of messages starts from.
   */
  run(
    order: RunSpec,
    results: ResultCellsBuffer | undefined,
    postedBase: number,
  ): void {
    const { plan, names, code, rules } = order;
    // Before it is told: a thread that waits may be through with its tasks before this one goes on.
    this.#takenBefore = plan.lanes.takenCount(this.lane);
    this.post({
      type: "run",
      run: ++this.runs,
      ...{ lane: this.lane, owner: this.owner, state: this.state, lifeLock: this.lifeLock },
      backlog: this.#backlog.words,
      ...{ plan: plan.handle, code, results, rules, postedBase },
      ...(this.#names === names ? {} : { names }),
    });
    this.isAwaitingAck = this.isReady;
    this.#names = names;
  }

  /** Whether it has taken a task of the run at hand: a worker that follows it gets further. */
  hasRun(plan: Plan | undefined): boolean {
    return plan !== undefined && plan.lanes.takenCount(this.lane) > this.#takenBefore;
  }

  /** Whether it has heard of the run at hand, and is still loading code for it. */
  get isOnItsWay(): boolean {
    return !this.isAwaitingAck && this.#readied < this.runs;
  }

  /** Whether it has said all about each run it was given. */
  get isThrough(): boolean {
    return this.#finished === this.runs;
  }

  /** Tells the worker that the run is cancelled. */
  abort(reason: CancelReason): void {
    this.post({ type: "abort", reason });
    if (!this.isReady) this.gettingReady?.enforceLimit();
  }

  /** Says something to the worker. */
  post(message: ToWorker): void {
    this.#worker.postMessage(message);
  }

  /** Waits until the worker has said all about its run. Says whether it has, or is gone, within a time. */
  finish(limitMs: number): Promise<boolean> {
    if (this.isThrough) return Promise.resolve(true);
    return this.#hear("finished", limitMs);
  }

  /** Has the worker clean up. Says whether it has, or is gone, within a time. */
  tearDown(limitMs: number): Promise<boolean> {
    if (!this.#ended) this.post({ type: "tearDown" });
    return this.#hear("tornDown", limitMs);
  }

  #hear(word: LastWord, limitMs: number): Promise<boolean> {
    if (this.#ended) return Promise.resolve(true);
    return new Promise((resolve) => {
      const forget = callAfterTimeout(() => resolve(false), limitMs);
      this.#onWord = (said) => {
        if (said !== undefined && said !== word) return;
        forget();
        resolve(true);
      };
    });
  }

  /** Ends the thread. One that is busy goes on until its event loop turns. */
  terminate(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#watch.abort();
    this.gettingReady?.[Symbol.dispose]();
    this.#worker.terminate();
    this.#backlog[Symbol.dispose]();
    this.#onWord?.();
  }

  #receive(message: FromWorker): void {
    if (this.#ended) return;
    if (message.type === "said") this.#backlog.received(weightOf(message.message));
    else if (message.type === "hello") this.isListening = true;
    else if (message.type === "alive") {
      watchLiveness(this.lifeLock, this.#watch.signal, () => {
        this.#lose({ type: "WorkerError", message: "the worker thread ended by itself" });
      });
    } else if (message.type === "heard") this.isAwaitingAck = false;
    else if (message.type === "ready") {
      this.isReady = true;
      this.#readied++;
      this.gettingReady?.[Symbol.dispose]();
    } else if (message.type === "finished") {
      this.#finished = message.run;
      if (message.run === this.runs) this.#onWord?.(message.type);
    } else if (message.type === "tornDown") this.#onWord?.(message.type);
    this.#listener.message(this, message);
  }

  #lose(error: ErrorRecord): void {
    if (this.#ended) return;
    this.terminate();
    this.#listener.gone(this, error);
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
