/**
 * A worker that is started before its work is known. While the main thread loads the rest of the
 * command and the user's module, which takes longer than starting a thread, the worker loads its
 * own code and the library; a pool takes it as its first thread.
 *
 * A worker keeps the process alive until it ends. An unused one would hide that a module awaits a
 * promise that never settles. So it is terminated after a timeout.
 */
import { partUrl } from "../runtime/package.ts";
import { primordials } from "../runtime/primordials.ts";
import { callLater } from "../runtime/timers.ts";
import { threadName } from "../events/run_event.ts";
import type { ToWorker } from "../lane/worker_protocol.ts";

/**
 * Time from the latest module that an unused worker was given until it is terminated, in
 * milliseconds. A module that takes longer to load on the main thread can wait for its threads.
 */
const EXPIRY_MS = 500;

/** Returns the URL of a worker's code. */
export function workerEntry(): URL {
  return partUrl("workers/task_worker");
}

/** A prestarted worker, until a pool takes it. */
export class PrestartedWorker implements Disposable {
  /** The worker's name: the first thread of a run. */
  static readonly NAME = threadName(0);
  #worker: Worker | undefined;
  #cancelExpiry: (() => void) | undefined;

  /** Starts the worker, if that is permitted. */
  constructor() {
    try {
      this.#worker = new primordials.Worker(workerEntry(), {
        type: "module",
        name: PrestartedWorker.NAME,
      });
    } catch {
      return; // the pool reports why no worker can be started
    }
    this.#worker.onerror = (event) => {
      event.preventDefault(); // or the whole process ends
      this[Symbol.dispose]();
    };
    // Modules with tasks import the library, whatever else they import.
    this.load(partUrl("mod").href);
  }

  /**
   * Links a module in the worker: it is read, parsed and compiled, with all that it imports, and
   * none of its code runs. So the main thread, which does the same meanwhile, runs it first.
   */
  link(url: string): void {
    this.#worker?.postMessage({ type: "link", url } satisfies ToWorker);
  }

  /**
   * Loads a module in the worker, if there still is one, and gives it more time to be taken. A
   * failure to load the module is reported by the run.
   *
   * @param url The module; the main thread has loaded code of the user before.
   * @param collects Whether the module's schedulers collect their tasks instead of running them.
   */
  load(url: string, collects = false): void {
    if (this.#worker === undefined) return;
    this.#worker.postMessage({ type: "load", url, collects } satisfies ToWorker);
    this.#cancelExpiry?.();
    this.#cancelExpiry = callLater(() => this[Symbol.dispose](), EXPIRY_MS);
  }

  /** Hands the worker over; undefined if there is none any more. */
  take(): Worker | undefined {
    const worker = this.#worker;
    this.#worker = undefined;
    this.#cancelExpiry?.();
    return worker;
  }

  /** Terminates the worker, unless it was taken. */
  [Symbol.dispose](): void {
    this.take()?.terminate();
  }
}
