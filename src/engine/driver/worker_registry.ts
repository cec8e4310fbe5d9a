/**
 * The workers that take part in a run: how many tasks they can run at once, and whether there are any. A run
 * that nobody takes part in waits for a while, says so, and gives up.
 */
import type { ErrorRecord } from "../../base/error_record.ts";
import { receivedError } from "../../base/received_error.ts";
import { plural } from "../../base/text_format.ts";
import { clearTimeout, setTimeout } from "../../runtime/timers.ts";
import type { WorkerEvent, WorkerInfo } from "../engine_protocol.ts";
import { EngineFailure } from "../redis/engine_failure.ts";

/** It is said when a run has had no worker for so long. */
const NO_WORKER_NOTICE_MS = 3_000;
/** It is given up when it has had none for so long. */
const NO_WORKER_TIMEOUT_MS = 60_000;

/** What concerns the crew in what workers say. */
export type RegistryEvent = Extract<
  WorkerEvent,
  { type: "joined" | "capacity" | "left" | "rejected" }
>;

/** What a crew is for. */
export interface WorkerRegistryOptions {
  /** How a worker is started, for whoever wonders why there is none. */
  readonly startHint: string;
  /** Says something about it. */
  readonly log: (level: "info" | "warn", text: string) => void;
  /** There has been none for too long. */
  readonly onTimeout: (error: EngineFailure) => void;
  /** When it is said, and when given up, in milliseconds: other than usual in tests. */
  readonly limits?: { readonly noticeMs: number; readonly timeoutMs: number };
}

interface RegisteredWorker {
  readonly info: WorkerInfo;
  capacity: number;
}

/** See the head of this file. */
export class WorkerRegistry implements Disposable {
  readonly #options: WorkerRegistryOptions;
  readonly #workers = new Map<string, RegisteredWorker>();
  /** Why somebody does not take part: the last who said so. */
  #lastRejection = "";
  #isDisposed = false;
  #noticeTimer: ReturnType<typeof setTimeout> | undefined;
  #timeoutTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: WorkerRegistryOptions) {
    this.#options = options;
  }

  /** How many tasks they can run at once. */
  get capacity(): number {
    let capacity = 0;
    for (const worker of this.#workers.values()) capacity += worker.capacity;
    return capacity;
  }

  /** Who takes part, by id. */
  get ids(): string[] {
    return [...this.#workers.keys()];
  }

  /** From now on there is something to do: without a worker, time runs. */
  start(workers: readonly WorkerInfo[]): void {
    for (const info of workers) this.#workers.set(info.id, { info, capacity: 0 });
    this.#watch();
  }

  /**
   * Hears of a worker.
   *
   * @param isPast It was said to the driver before: who is gone since does not come back by it.
   */
  onEvent(event: RegistryEvent, isReplayed = false): void {
    if (event.type === "capacity") {
      const worker = this.#workers.get(event.worker);
      if (worker !== undefined) worker.capacity = event.capacity;
      return;
    }
    if (isReplayed) return;
    switch (event.type) {
      case "joined":
        if (this.#workers.has(event.worker.id)) return;
        this.#workers.set(event.worker.id, { info: event.worker, capacity: 0 });
        this.#options.log("info", `Worker ${workerName(event.worker)} takes part`);
        break;
      case "left":
        this.#onLeft(event.worker, event.error);
        break;
      case "rejected":
        this.#lastRejection = `worker ${workerName(event.worker)} refuses: ${event.reason}`;
        this.#options.log(
          "warn",
          `Worker ${workerName(event.worker)} takes no part: ${event.reason}`,
        );
        break;
    }
    this.#watch();
  }

  /** A slot of a worker gets ready anew: it has no room, until the worker says how much it has. */
  reserve(id: string): void {
    const worker = this.#workers.get(id);
    if (worker !== undefined && worker.capacity > 0) worker.capacity--;
  }

  /** A worker is not heard of any more. */
  remove(id: string): void {
    const worker = this.#workers.get(id);
    if (worker === undefined) return;
    this.#workers.delete(id);
    this.#options.log(
      "warn",
      `Worker ${workerName(worker.info)} is lost: what it ran begins again elsewhere`,
    );
    this.#watch();
  }

  /** Nobody is needed any more. */
  [Symbol.dispose](): void {
    this.#isDisposed = true;
    this.#stop();
  }

  #stop(): void {
    clearTimeout(this.#noticeTimer);
    clearTimeout(this.#timeoutTimer);
    this.#timeoutTimer = undefined;
  }

  #onLeft(id: string, sent: ErrorRecord | undefined): void {
    const worker = this.#workers.get(id);
    if (worker === undefined) return;
    this.#workers.delete(id);
    const name = workerName(worker.info);
    if (sent === undefined) return this.#options.log("info", `Worker ${name} has left`);
    const error = receivedError(sent);
    const reason = `${name} cannot run the module: ${error.type}: ${error.message}`;
    this.#lastRejection = `worker ${reason}`;
    this.#options.log("warn", `Worker ${reason}`);
  }

  #watch(): void {
    if (this.#isDisposed || this.#workers.size > 0) return this.#stop();
    // Time goes on for a run whose workers come and refuse, or leave at once.
    if (this.#timeoutTimer !== undefined) return;
    const { startHint, log, onTimeout, limits } = this.#options;
    const { noticeMs, timeoutMs } = limits ??
      { noticeMs: NO_WORKER_NOTICE_MS, timeoutMs: NO_WORKER_TIMEOUT_MS };
    this.#noticeTimer = setTimeout(
      () => log("warn", `No worker takes part: ${startHint}`),
      noticeMs,
    );
    this.#timeoutTimer = setTimeout(() => {
      const reason = this.#lastRejection === "" ? startHint : this.#lastRejection;
      onTimeout(new EngineFailure(`no worker took part for ${timeoutMs / 1_000} s`, reason));
    }, timeoutMs);
  }
}

function workerName({ host, pid, slots }: WorkerInfo): string {
  return `${host}:${pid} (${plural(slots, "task")} at once)`;
}
