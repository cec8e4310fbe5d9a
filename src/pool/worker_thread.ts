/** A thread that executes tasks, from its start to its end, whatever its protocol. */
import type { ErrorRecord } from "../base/error_record.ts";
import { pinEventMethods, primordials } from "../runtime/primordials.ts";
import { watchLiveness } from "../sync/liveness_lock.ts";

/** Parameters of a thread. */
export interface WorkerThreadStart {
  readonly entry: URL;
  readonly name: string;
  /** A thread that already runs the entry, and waits for its first command. */
  readonly prestarted?: Worker | undefined;
}

/** Receives the events of a thread. */
export interface WorkerThreadListener<From> {
  message(message: From): void;
  /** The thread was terminated or lost: no message follows. Called once. */
  ended(): void;
  /** The thread is gone, without being terminated by its owner. Called after `ended`. */
  lost(error: ErrorRecord): void;
}

/**
 * A Web Worker. One that ends by `Deno.exit()` or `self.close()` sends no event at all, so each
 * holds a liveness lock (src/sync/liveness_lock.ts).
 */
export class WorkerThread<From, To> {
  /** The name of the lock that the thread holds for its whole life. */
  readonly livenessLock = `thread-order ${crypto.randomUUID()}`;
  readonly #worker: Worker;
  readonly #listener: WorkerThreadListener<From>;
  readonly #watch = new primordials.AbortController();
  #isTerminated = false;

  /** Starts the thread. */
  constructor(
    { entry, name, prestarted }: WorkerThreadStart,
    listener: WorkerThreadListener<From>,
  ) {
    this.#listener = listener;
    this.#worker = pinEventMethods(
      prestarted ?? new primordials.Worker(entry, { type: "module", name }),
    );
    this.#worker.onmessage = (event: MessageEvent<From>) => {
      if (!this.#isTerminated) listener.message(event.data);
    };
    this.#worker.onerror = (event) => {
      event.preventDefault(); // or the whole process ends
      this.#lose(withRemedy(event.message, entry));
    };
    this.#worker.onmessageerror = () =>
      this.#lose("the worker sent a message that cannot be deserialized");
  }

  /** Whether it was terminated or lost. */
  get isTerminated(): boolean {
    return this.#isTerminated;
  }

  /** Sends a command to the thread. */
  post(message: To): void {
    this.#worker.postMessage(message);
  }

  /** Watches the liveness lock, which the thread holds from now on. */
  watch(): void {
    watchLiveness(
      this.livenessLock,
      this.#watch.signal,
      () => this.#lose("the worker exited by itself"),
    );
  }

  /** Terminates the thread. A busy one continues until its event loop turns. */
  terminate(): void {
    if (this.#isTerminated) return;
    this.#isTerminated = true;
    this.#watch.abort();
    this.#worker.terminate();
    this.#listener.ended();
  }

  #lose(message: string): void {
    if (this.#isTerminated) return;
    this.terminate();
    this.#listener.lost({ type: "WorkerError", message });
  }
}

/**
 * Adds advice to the error that a worker's entry is missing: bundles and executables contain only
 * imported files, and no file imports the entry.
 */
function withRemedy(message: string, entry: URL): string {
  if (!message.startsWith(`Module not found "${entry.href}"`)) return message;
  return `${message.replace(/\.$/, "")}, the entry of worker threads; add it to an executable by ` +
    "`deno compile --include jsr:@thread-order/cli/worker`; keep the library out of a bundle " +
    '(`--external jsr:@thread-order/cli`), or use `mode: "inline"`';
}
