/** The runs of this session. The oldest are forgotten when they take too much memory. */
import { wallTime } from "../runtime/clock.ts";
import { recordError } from "../base/error_record.ts";
import { UsageError } from "../base/errors.ts";
import { EventFeed } from "./event_feed.ts";
import { ChangeNotifier } from "./change_notifier.ts";
import type { RunEnd, RunInfo, RunRequest } from "./ui_protocol.ts";

/** How a process ended. When, and whether somebody had asked it to, is known here. */
export type ProcessEnd = Omit<RunEnd, "isAsked" | "endedAt">;

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
const GRACE_MS = 1500;
const RUNS_MAX = 50;
const MEMORY_MAX = 512 * 1024 * 1024;
/** The last event of a run that was told to its end. */
const FINISHED = '{"type":"run-finished"';

/** That of a process of which nothing more is heard. */
const UNKNOWN_END: ProcessEnd = { code: null, signal: null, said: "", state: null };

interface Kept {
  readonly id: number;
  readonly startedAt: string;
  readonly request: RunRequest;
  readonly feed: EventFeed;
  readonly run: StartedRun;
  /** Resolves when its end is known here. */
  told: Promise<void>;
  cancels: number;
}

/** See the head of this file. */
export class RunRegistry {
  /** Tells of each change, of the runs and of their events. */
  readonly news: ChangeNotifier = new ChangeNotifier();
  #kept: Kept[] = [];
  #nextId = 1;
  #version = 0;
  /** Resolves when the run is there, or not to be, that is being started. */
  #starting: Promise<void> | undefined;
  #isEnding = false;
  #isOver = false;

  /** Changes with what {@linkcode infos} says. */
  get version(): number {
    return this.#version;
  }

  /** Whether the session has ended: nobody is told anything any more. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** All of them, the oldest first. */
  get infos(): RunInfo[] {
    return this.#kept.map(infoOf);
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
    if (this.#starting !== undefined || this.#kept.some(({ feed }) => feed.end === null)) {
      throw new UsageError("Cannot start a run: another is under way; cancel it first");
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#starting = promise;
    try {
      const run = await start(request);
      const startedAt = now();
      const [id, feed] = [this.#nextId++, new EventFeed(this.news)];
      const kept = { id, startedAt, request, feed, run, told: Promise.resolve(), cancels: 0 };
      this.#kept.push(kept);
      kept.told = this.#follow(kept);
      this.#changed();
      return infoOf(kept);
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
    const kept = this.#find(id);
    if (kept.feed.end !== null) return;
    kept.cancels++;
    kept.run.cancel();
    this.#changed();
  }

  /** Ends all that is under way, or is being started, and resolves when it has ended. */
  async end(): Promise<void> {
    this.#isEnding = true;
    await this.#starting;
    const active = this.#kept.filter(({ feed }) => feed.end === null);
    await Promise.all(active.map(async ({ id, told }) => {
      // Running tasks may end; then the process may; then it has to.
      const timers = [0, 1, 2].map((step) => setTimeout(() => this.cancel(id), step * GRACE_MS));
      await told;
      timers.forEach(clearTimeout);
    }));
    this.#isOver = true;
    this.news.notify();
  }

  async #follow(kept: Kept): Promise<void> {
    const { feed, run } = kept;
    let last = "";
    const read = async () => {
      for await (const line of run.lines) feed.push(last = line);
    };
    // It is over when its process is, whatever could be read of it.
    const [lines, ended] = await Promise.allSettled([read(), run.ended]);
    const end = ended.status === "fulfilled" ? ended.value : UNKNOWN_END;
    const said = end.said + reasons([lines, ended]).map((line) => `\n${line}`).join("");
    // Windows knows no signals: whoever is ended has this code, and says no more.
    const wasCutOff = end.code === null || (end.code === 1 && !last.startsWith(FINISHED));
    const isAsked = wasAsked(end) || (wasCutOff && kept.cancels > 0);
    feed.close({ ...end, said, isAsked, endedAt: now() });
    this.#forget();
    this.#changed();
  }

  #changed(): void {
    this.#version++;
    this.news.notify();
  }

  #find(id: number): Kept {
    const kept = this.#kept.find((it) => it.id === id);
    if (kept) return kept;
    throw new UsageError(`Cannot show run ${id}: it is not one of this session, or was forgotten`);
  }

  #forget(): void {
    let memory = this.#kept.reduce((sum, { feed }) => sum + feed.size, 0);
    while (this.#kept.length > RUNS_MAX || memory > MEMORY_MAX) {
      const oldest = this.#kept.findIndex(({ feed }) => feed.end !== null);
      if (oldest < 0) return;
      memory -= this.#kept[oldest]!.feed.size;
      this.#kept.splice(oldest, 1);
    }
  }
}

/** Why the run could not be followed, or not to its end. */
function reasons(results: readonly PromiseSettledResult<unknown>[]): string[] {
  return results.filter((it) => it.status === "rejected")
    .map(({ reason }) => `Error: Cannot follow the run: ${recordError(reason).message}`);
}

function now(): string {
  return wallTime().toISOString();
}

/** Whether a process ended by a signal that asks for it. */
function wasAsked({ code, signal }: ProcessEnd): boolean {
  const isAsked = code === 129 || code === 130 || code === 143;
  return isAsked || ["SIGINT", "SIGTERM", "SIGHUP"].includes(signal ?? "");
}

function infoOf({ id, startedAt, request, feed, cancels }: Kept): RunInfo {
  const { state: _state, mocks: _mocks, ...asked } = request;
  return { id, startedAt, request: asked, cancels, end: feed.end };
}
