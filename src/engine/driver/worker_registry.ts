/**
 * The workers of a run: their capacity, and whether there are any. A run without workers prints a
 * warning after a while, and fails after a longer one.
 */
import type { ErrorRecord } from "../../base/error_record.ts";
import { repairErrorRecord } from "../../base/repair_error_record.ts";
import { plural } from "../../base/text_format.ts";
import { clearTimeout, setTimeout } from "../../runtime/timers.ts";
import type { WorkerEvent, WorkerInfo } from "../engine_protocol.ts";
import { EngineFailure } from "../redis/engine_failure.ts";

/**
 * Delay before warning that a run has no workers, in milliseconds: workers on the same machine join
 * sooner.
 */
const NO_WORKER_NOTICE_MS = 3_000;
/** Time without workers after which the run fails, in milliseconds. */
const NO_WORKER_TIMEOUT_MS = 60_000;

/** An event that concerns the registry. */
export type RegistryEvent = Extract<
  WorkerEvent,
  { type: "joined" | "capacity" | "left" | "rejected" }
>;

/** Options of {@linkcode WorkerRegistry}. */
export interface WorkerRegistryOptions {
  /** The command that starts a worker. */
  readonly startHint: string;
  /** Prints a note or warning. */
  readonly log: (level: "info" | "warn", text: string) => void;
  /** Called when the run has had no workers for too long. */
  readonly onTimeout: (error: EngineFailure) => void;
  /** Delay of the warning, and the time limit; tests set shorter ones. */
  readonly limits?: { readonly noticeMs: number; readonly timeoutMs: number };
}

interface RegisteredWorker {
  readonly info: WorkerInfo;
  capacity: number;
}

/** The workers of a run. */
export class WorkerRegistry implements Disposable {
  readonly #options: WorkerRegistryOptions;
  readonly #workers = new Map<string, RegisteredWorker>();
  /** The last reason why a worker did not join or could not run the module. */
  #lastRejection = "";
  /** Number of reservations whose worker is not known yet. */
  #reservedCount = 0;
  #isDisposed = false;
  #noticeTimer: ReturnType<typeof setTimeout> | undefined;
  #timeoutTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: WorkerRegistryOptions) {
    this.#options = options;
  }

  /** Number of slots that are ready and not reserved, over all workers. */
  get capacity(): number {
    let capacity = 0;
    for (const worker of this.#workers.values()) capacity += worker.capacity;
    return Math.max(0, capacity - this.#reservedCount);
  }

  /** The ids of the workers. */
  get ids(): string[] {
    return [...this.#workers.keys()];
  }

  /**
   * Starts watching for workers.
   *
   * @param workers The workers that a resumed run has already.
   */
  start(workers: readonly WorkerInfo[]): void {
    for (const info of workers) this.#workers.set(info.id, { info, capacity: 0 });
    this.#watch();
  }

  /**
   * Handles an event.
   *
   * @param isReplayed Whether the event was published before this driver: it does not add a worker
   * that has left since.
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
        this.#options.log("info", `Worker ${workerName(event.worker)} joined`);
        break;
      case "left":
        this.#onLeft(event.worker, event.error);
        break;
      case "rejected":
        this.#lastRejection = `worker ${workerName(event.worker)} did not join: ${event.reason}`;
        this.#options.log(
          "warn",
          `Worker ${workerName(event.worker)} did not join: ${event.reason}`,
        );
        break;
    }
    this.#watch();
  }

  /**
   * Reserves the capacity of a slot that restarts, until its worker reports its capacity again.
   *
   * @returns The reservation. `assign` names the worker, or `undefined` if no slot restarts.
   */
  reserve(): { assign(id: string | undefined): void } {
    this.#reservedCount++;
    return {
      assign: (id) => {
        this.#reservedCount--;
        const worker = this.#workers.get(id ?? "");
        if (worker !== undefined && worker.capacity > 0) worker.capacity--;
      },
    };
  }

  /** Removes a worker that has no heartbeat. */
  remove(id: string): void {
    const worker = this.#workers.get(id);
    if (worker === undefined) return;
    this.#workers.delete(id);
    this.#options.log(
      "warn",
      `Worker ${workerName(worker.info)} is lost: its tasks are restarted on other workers`,
    );
    this.#watch();
  }

  /** Stops watching for workers. */
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
    if (sent === undefined) return this.#options.log("info", `Worker ${name} left`);
    const error = repairErrorRecord(sent);
    const reason = `${name} cannot run the module: ${error.type}: ${error.message}`;
    this.#lastRejection = `worker ${reason}`;
    this.#options.log("warn", `Worker ${reason}`);
  }

  #watch(): void {
    if (this.#isDisposed || this.#workers.size > 0) return this.#stop();
    // Not restarted: workers that join and leave, or do not join, do not extend the limit.
    if (this.#timeoutTimer !== undefined) return;
    const { startHint, log, onTimeout, limits } = this.#options;
    const { noticeMs, timeoutMs } = limits ??
      { noticeMs: NO_WORKER_NOTICE_MS, timeoutMs: NO_WORKER_TIMEOUT_MS };
    this.#noticeTimer = setTimeout(
      () => log("warn", `No workers: ${startHint}`),
      noticeMs,
    );
    this.#timeoutTimer = setTimeout(() => {
      const reason = this.#lastRejection === "" ? startHint : this.#lastRejection;
      onTimeout(new EngineFailure(`no workers for ${timeoutMs / 1_000} s`, reason));
    }, timeoutMs);
  }
}

function workerName({ host, pid, slots }: WorkerInfo): string {
  return `${host}:${pid} (${plural(slots, "task")} at once)`;
}
