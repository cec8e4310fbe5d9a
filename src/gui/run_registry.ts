/** Runs of the command, followed to their end. */
import { wallTime } from "../runtime/clock.ts";
import { recordError } from "../base/error_record.ts";
import { UsageError } from "../base/errors.ts";
import { EventFeed } from "./event_feed.ts";
import { ChangeNotifier } from "./change_notifier.ts";
import type { RunEnd, RunInfo, RunRequest, RunRound } from "./ui_protocol.ts";

/** The end of a process. The registry adds the time, and whether the run was cancelled. */
export type ProcessEnd = Omit<RunEnd, "isCancelled" | "endedAt">;

/** A run of the command in its own process. */
export interface StartedRun {
  /** The reason of a round of a watch; absent for other runs. */
  readonly round?: RunRound;
  /** The events of the run, as lines of JSON. */
  readonly lines: AsyncIterable<string>;
  /** Resolves when the process has ended and all lines have been read. */
  readonly ended: Promise<ProcessEnd>;
  /** First cancels the run; the second call does not wait for running tasks; the third kills. */
  cancel(): void;
}

/**
 * Delay between the steps of cancellation at shutdown, in ms: time for tasks to react, but not
 * longer than a user waits for a command that was interrupted.
 */
const CANCEL_STEP_MS = 500;
/** Maximum number of runs in a session: the web UI lists all of them. */
const RUNS_MAX = 50;
/** Maximum memory of all runs, in bytes: five runs of the maximum size. */
const MEMORY_MAX = 512 * 1024 * 1024;
/** The beginning of the last event of a complete run. */
const FINISHED_PREFIX = '{"type":"run-finished"';

/** The end of a process whose status cannot be read. */
const UNKNOWN_END: ProcessEnd = { code: null, signal: null, output: "", state: null };

interface RunEntry {
  readonly id: number;
  readonly startedAt: string;
  readonly request: RunRequest;
  readonly feed: EventFeed;
  readonly run: StartedRun;
  /** Resolves when the feed has the end of the run. */
  closed: Promise<void>;
  cancels: number;
  isReplaced: boolean;
}

/** The runs of a session. Evicts the oldest when they take too much memory. */
export class RunRegistry {
  /** Notified of each change of the runs and of their events. */
  readonly changes: ChangeNotifier = new ChangeNotifier();
  #entries: RunEntry[] = [];
  #nextId = 1;
  #version = 0;
  /** Resolves when the run that is being started has started, or has failed to. */
  #starting: Promise<void> | undefined;
  #isEnding = false;
  #hasEnded = false;

  /** Counts the changes of {@linkcode infos}. */
  get version(): number {
    return this.#version;
  }

  /** Whether the session has ended: no more changes follow. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Whether a run is active. */
  get hasActive(): boolean {
    return this.#entries.some(({ feed }) => feed.end === null);
  }

  /** All runs, the oldest first. */
  get infos(): RunInfo[] {
    return this.#entries.map(infoOf);
  }

  /**
   * Starts a run. Only one runs at a time: runs of one module would share a journal, and all runs
   * share the cores of the machine.
   *
   * @throws {UsageError} when a run is active, or the session is ending.
   */
  async start(
    request: RunRequest,
    start: (request: RunRequest) => Promise<StartedRun>,
  ): Promise<RunInfo> {
    this.assertIdle();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#starting = promise;
    try {
      const run = await start(request);
      const startedAt = now();
      const [id, feed] = [this.#nextId++, new EventFeed(this.changes)];
      const closed = Promise.resolve();
      const entry = { id, startedAt, request, feed, run, closed, cancels: 0, isReplaced: false };
      this.#entries.push(entry);
      entry.closed = this.#follow(entry);
      this.#notify();
      return infoOf(entry);
    } finally {
      this.#starting = undefined;
      resolve();
    }
  }

  /**
   * Checks that a run can be started.
   *
   * @throws {UsageError} when a run is active, or the session is ending.
   */
  assertIdle(): void {
    if (this.#isEnding) throw new UsageError("Cannot start a run: the session is ending");
    if (this.#starting === undefined && !this.hasActive) return;
    throw new UsageError("Cannot start a run: another run is active; cancel that run first");
  }

  /** The request of a run. @throws {UsageError} when there is no such run. */
  request(id: number): RunRequest {
    return this.#find(id).request;
  }

  /** The events of a run. @throws {UsageError} when there is no such run. */
  feed(id: number): EventFeed {
    return this.#find(id).feed;
  }

  /** Cancels a run. @throws {UsageError} when there is no such run. */
  cancel(id: number): void {
    const entry = this.#find(id);
    if (entry.feed.end !== null) return;
    entry.cancels++;
    entry.run.cancel();
    this.#notify();
  }

  /** Cancels a run that the next round replaces. @throws {UsageError} when there is no such run. */
  replace(id: number): void {
    this.#find(id).isReplaced = true;
    this.cancel(id);
  }

  /** Resolves when a run has ended. @throws {UsageError} when there is no such run. */
  ended(id: number): Promise<void> {
    return this.#find(id).closed;
  }

  /** Cancels the active run, including one that is being started, and waits for its end. */
  async shutDown(): Promise<void> {
    this.#isEnding = true;
    await this.#starting;
    const active = this.#entries.filter(({ feed }) => feed.end === null);
    await Promise.all(active.map(async ({ id, closed }) => {
      // First tasks may end, then the process may, then the process is killed.
      const timers = [0, 1, 2].map((step) =>
        setTimeout(() => this.cancel(id), step * CANCEL_STEP_MS)
      );
      await closed;
      timers.forEach(clearTimeout);
    }));
    this.#hasEnded = true;
    this.changes.notify();
  }

  async #follow(entry: RunEntry): Promise<void> {
    const { feed, run } = entry;
    let last = "";
    const read = async () => {
      for await (const line of run.lines) feed.push(last = line);
    };
    // A run ends with its process, even if its events cannot be read.
    const [lines, ended] = await Promise.allSettled([read(), run.ended]);
    const end = ended.status === "fulfilled" ? ended.value : UNKNOWN_END;
    const output = end.output + followErrors([lines, ended]).map((line) => `\n${line}`).join("");
    // Windows has no signals: a killed process exits with 1, and its events are incomplete.
    const wasTruncated = end.code === null || (end.code === 1 && !last.startsWith(FINISHED_PREFIX));
    const isCancelled = isCancelSignal(end) || (wasTruncated && entry.cancels > 0);
    feed.close({ ...end, output, isCancelled, endedAt: now() });
    this.#evict();
    this.#notify();
  }

  #notify(): void {
    this.#version++;
    this.changes.notify();
  }

  #find(id: number): RunEntry {
    const entry = this.#entries.find((it) => it.id === id);
    if (entry) return entry;
    throw new UsageError(
      `Cannot show run ${id}: this session has no such run, or no longer stores it`,
    );
  }

  #evict(): void {
    let memory = this.#entries.reduce((sum, { feed }) => sum + feed.size, 0);
    while (this.#entries.length > RUNS_MAX || memory > MEMORY_MAX) {
      const oldest = this.#entries.findIndex(({ feed }) => feed.end !== null);
      if (oldest < 0) return;
      memory -= this.#entries[oldest]!.feed.size;
      this.#entries.splice(oldest, 1);
    }
  }
}

/** Error messages for events or a status that could not be read. */
function followErrors(results: readonly PromiseSettledResult<unknown>[]): string[] {
  return results.filter((it) => it.status === "rejected")
    .map(({ reason }) => `Error: Cannot follow the run: ${recordError(reason).message}`);
}

function now(): string {
  return wallTime().toISOString();
}

/** Whether a signal that requests the end has ended the process. */
function isCancelSignal({ code, signal }: ProcessEnd): boolean {
  const isCancelled = code === 129 || code === 130 || code === 143;
  return isCancelled || ["SIGINT", "SIGTERM", "SIGHUP"].includes(signal ?? "");
}

function infoOf({ id, startedAt, request, feed, run, cancels, isReplaced }: RunEntry): RunInfo {
  const { state: _state, mocks: _mocks, ...asked } = request;
  const round = run.round === undefined ? {} : { round: run.round };
  return { id, startedAt, request: asked, ...round, cancels, isReplaced, end: feed.end };
}
