/** The runs of this session. The oldest are forgotten when they take too much memory. */
import { wallTime } from "../runtime/clock.ts";
import { recordError } from "../base/error_record.ts";
import { UsageError } from "../base/errors.ts";
import { EventFeed } from "./event_feed.ts";
import { ChangeNotifier } from "./change_notifier.ts";
import type { RunEnd, RunInfo, RunRequest } from "./ui_protocol.ts";

/** How a process ended. When, and whether somebody had asked it to, is known here. */
export type ProcessEnd = Omit<RunEnd, "isCancelled" | "endedAt">;

/** A run of the command, in a process of its own. */
export interface StartedRun {
  /** What it writes, line by line: its events. */
  readonly lines: AsyncIterable<string>;
  /** Resolves when it has ended, and all lines have been read. */
  readonly ended: Promise<ProcessEnd>;
  /** Asks it to end; asked again, it does not wait for running tasks; a third time, it is ended. */
  cancel(): void;
}

/** Between one way to end a run and the next. */
const CANCEL_STEP_MS = 1500;
const RUNS_MAX = 50;
const MEMORY_MAX = 512 * 1024 * 1024;
/** The last event of a run that was told to its end. */
const FINISHED_PREFIX = '{"type":"run-finished"';

/** That of a process of which nothing more is heard. */
const UNKNOWN_END: ProcessEnd = { code: null, signal: null, output: "", state: null };

interface RunEntry {
  readonly id: number;
  readonly startedAt: string;
  readonly request: RunRequest;
  readonly feed: EventFeed;
  readonly run: StartedRun;
  /** Resolves when its end is known here. */
  closed: Promise<void>;
  cancels: number;
}

/** See the head of this file. */
export class RunRegistry {
  /** Tells of each change, of the runs and of their events. */
  readonly changes: ChangeNotifier = new ChangeNotifier();
  #entries: RunEntry[] = [];
  #nextId = 1;
  #version = 0;
  /** Resolves when the run is there, or not to be, that is being started. */
  #starting: Promise<void> | undefined;
  #isEnding = false;
  #hasEnded = false;

  /** Changes with what {@linkcode infos} says. */
  get version(): number {
    return this.#version;
  }

  /** Whether the session has ended: nobody is told anything any more. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** All of them, the oldest first. */
  get infos(): RunInfo[] {
    return this.#entries.map(infoOf);
  }

  /**
   * Starts a run. There is one at a time: runs of one module would share a journal, and all of them the
   * threads of the machine.
   *
   * @throws {UsageError} when one is under way, or the session is ending.
   */
  async start(
    request: RunRequest,
    start: (request: RunRequest) => Promise<StartedRun>,
  ): Promise<RunInfo> {
    if (this.#isEnding) throw new UsageError("Cannot start a run: the session is ending");
    if (this.#starting !== undefined || this.#entries.some(({ feed }) => feed.end === null)) {
      throw new UsageError("Cannot start a run: another is under way; cancel it first");
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#starting = promise;
    try {
      const run = await start(request);
      const startedAt = now();
      const [id, feed] = [this.#nextId++, new EventFeed(this.changes)];
      const entry = { id, startedAt, request, feed, run, closed: Promise.resolve(), cancels: 0 };
      this.#entries.push(entry);
      entry.closed = this.#follow(entry);
      this.#notify();
      return infoOf(entry);
    } finally {
      this.#starting = undefined;
      resolve();
    }
  }

  /** What was asked for. @throws {UsageError} when there is no such run. */
  request(id: number): RunRequest {
    return this.#find(id).request;
  }

  /** The events of a run. @throws {UsageError} when there is no such run. */
  feed(id: number): EventFeed {
    return this.#find(id).feed;
  }

  /** Asks a run to end. @throws {UsageError} when there is no such run. */
  cancel(id: number): void {
    const entry = this.#find(id);
    if (entry.feed.end !== null) return;
    entry.cancels++;
    entry.run.cancel();
    this.#notify();
  }

  /** Ends all that is under way, or is being started, and resolves when it has ended. */
  async shutDown(): Promise<void> {
    this.#isEnding = true;
    await this.#starting;
    const active = this.#entries.filter(({ feed }) => feed.end === null);
    await Promise.all(active.map(async ({ id, closed }) => {
      // Running tasks may end; then the process may; then it has to.
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
    // It is over when its process is, whatever could be read of it.
    const [lines, ended] = await Promise.allSettled([read(), run.ended]);
    const end = ended.status === "fulfilled" ? ended.value : UNKNOWN_END;
    const output = end.output + followErrors([lines, ended]).map((line) => `\n${line}`).join("");
    // Windows knows no signals: whoever is ended has this code, and says no more.
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
    throw new UsageError(`Cannot show run ${id}: it is not one of this session, or was forgotten`);
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

/** Why the run could not be followed, or not to its end. */
function followErrors(results: readonly PromiseSettledResult<unknown>[]): string[] {
  return results.filter((it) => it.status === "rejected")
    .map(({ reason }) => `Error: Cannot follow the run: ${recordError(reason).message}`);
}

function now(): string {
  return wallTime().toISOString();
}

/** Whether a process ended by a signal that asks for it. */
function isCancelSignal({ code, signal }: ProcessEnd): boolean {
  const isCancelled = code === 129 || code === 130 || code === 143;
  return isCancelled || ["SIGINT", "SIGTERM", "SIGHUP"].includes(signal ?? "");
}

function infoOf({ id, startedAt, request, feed, cancels }: RunEntry): RunInfo {
  const { state: _state, mocks: _mocks, ...asked } = request;
  return { id, startedAt, request: asked, cancels, end: feed.end };
}
