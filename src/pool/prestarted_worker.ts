/**
 * A worker started before it is known what it is to do. While the main thread loads the rest of the
 * command and the user's module, which takes longer than a thread does to start, it loads its own code
 * and the library; a pool takes it as its first thread.
 *
 * A worker keeps the process alive, and nothing but its end changes that: with one that nobody takes, a
 * module that awaits what never comes would not be noticed. So it is given up after a while.
 */
import { partUrl } from "../runtime/package.ts";
import { primordials } from "../runtime/primordials.ts";
import { callLater } from "../runtime/timers.ts";
import { threadName } from "../events/run_event.ts";
import type { ToWorker } from "../lane/worker_protocol.ts";

/** Within this time it is of use. A module that takes longer to load can wait for its threads, too. */
const EXPIRY_MS = 500;

/** The code of a worker. */
export function workerEntry(): URL {
  return partUrl("workers/task_worker");
}

/** See the head of this file. */
export class PrestartedWorker implements Disposable {
  /** What it is called: the first thread of a run. */
  static readonly NAME = threadName(0);
  #worker: Worker | undefined;
  #cancelExpiry: (() => void) | undefined;

  /** Starts the thread, if it may be started. */
  constructor() {
    try {
      this.#worker = new primordials.Worker(workerEntry(), {
        type: "module",
        name: PrestartedWorker.NAME,
      });
    } catch {
      return; // whoever needs a thread will say why there is none
    }
    this.#worker.onerror = (event) => {
      event.preventDefault(); // or the whole process ends
      this[Symbol.dispose]();
    };
    // What modules with tasks import, whatever else they do.
    this.load(partUrl("mod").href);
    this.#cancelExpiry = callLater(() => this[Symbol.dispose](), EXPIRY_MS);
  }

  /**
   * Has the thread load a module, if it is there. That it cannot be loaded is for the run to find.
   *
   * @param url The module; code of the user's has been loaded on the main thread before.
   * @param collects Whether schedulers that it makes are to collect their tasks, and not to run them.
   */
  load(url: string, collects = false): void {
    this.#worker?.postMessage({ type: "load", url, collects } satisfies ToWorker);
  }

  /** Hands the thread over. Undefined where there is none any more. */
  take(): Worker | undefined {
    const worker = this.#worker;
    this.#worker = undefined;
    this.#cancelExpiry?.();
    return worker;
  }

  /** Ends the thread, unless it was taken. */
  [Symbol.dispose](): void {
    this.take()?.terminate();
  }
}
