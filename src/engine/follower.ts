/**
 * Applies the run's op log (state_log.ts) to the state of this process: state machine replication
 * with log compaction. Every follower does the same at the same position: applies a batch or, at a
 * compaction, discards objects that the root does not reach. So followers at the same position have
 * the same objects, and can read each other's writes.
 *
 * A worker reads entries in batches, with a pause between two reads. A caller that awaits a
 * position, or soon will, ends the pause; and so does a write to the state, but not a result: most
 * results are read by few tasks, and a job names the position of those that its task may read.
 */
import { clearTimeout, setTimeout } from "../runtime/timers.ts";
import type { SharedState } from "../state/shared_state.ts";

/** A record of the op log, as the engine stores it. */
export interface OpLogRecord {
  readonly position: number;
  /** A batch of operations; undefined at a compaction. */
  readonly batch: Uint8Array | undefined;
  /** Maximum growth of the state in bytes. */
  readonly growth: number;
  /** The session that has written the batch; empty for a result that came with its outcome. */
  readonly sender: string;
}

/** The next entry is not in the log any more: this follower was too slow. */
export class LogGapError extends Error {
  override name = "LogGapError";
}

interface Waiter {
  readonly position: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Follows the op log of a run. */
export class Follower {
  readonly #state: SharedState;
  readonly #localEnd: () => number;
  readonly #isOwn: (sender: string) => boolean;
  readonly #localEnds = new Map<string, number>();
  readonly #waiters = new Set<Waiter>();
  #position: number;
  #writePosition: number;
  /** The position of the last write of which this follower knows. */
  #announcedPosition = 0;
  #failure: unknown;
  /** Number of requests in flight after which a position is awaited. */
  #expectedCount = 0;
  /** The ends of the current pauses. */
  readonly #pauses = new Set<() => void>();

  /**
   * @param position The position of the state.
   * @param localEnd Returns the end of the local copy of the log, which the processes of this
   * machine read.
   * @param isOwn Whether a sender is a process of this machine.
   */
  constructor(
    state: SharedState,
    position: number,
    localEnd: () => number = () => 0,
    isOwn: (sender: string) => boolean = () => false,
  ) {
    this.#state = state;
    this.#position = this.#writePosition = position;
    this.#localEnd = localEnd;
    this.#isOwn = isOwn;
  }

  /** The number of applied entries. */
  get position(): number {
    return this.#position;
  }

  /** The position of the last applied entry that is not a result which came with its outcome. */
  get writePosition(): number {
    return this.#writePosition;
  }

  /**
   * Applies the next entry; ignores an entry that is applied.
   *
   * @throws {LogGapError} when entries are missing.
   */
  apply({ position, batch, growth, sender }: OpLogRecord): void {
    if (position <= this.#position) return;
    if (position !== this.#position + 1) {
      throw new LogGapError(
        `Cannot follow the state's log: entry ${this.#position + 1} was removed`,
      );
    }
    if (batch === undefined) this.#state.replica.restartLog();
    else this.#state.replica.appendRemote(batch, { growth }, () => true);
    this.#position = position;
    if (sender !== "") this.#writePosition = position;
    if (this.#isOwn(sender)) this.#localEnds.set(sender, this.#localEnd());
    for (const waiter of this.#waiters) {
      if (waiter.position > position) continue;
      this.#waiters.delete(waiter);
      waiter.resolve();
    }
  }

  /** The end of the local copy after the last write of a sender on this machine. */
  localEndOf(sender: string): number {
    return this.#localEnds.get(sender)!;
  }

  /** Forgets a sender. */
  forget(sender: string): void {
    this.#localEnds.delete(sender);
  }

  /** Resolves when a position is reached. Rejects when the follower has failed. */
  reach(position: number): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (position <= this.#position) return Promise.resolve();
    this.#endPauses();
    return new Promise((resolve, reject) => this.#waiters.add({ position, resolve, reject }));
  }

  /** Ends the pause of the reader until a write at this position is applied. */
  announce(position: number): void {
    this.#announcedPosition = Math.max(this.#announcedPosition, position);
    if (this.#isAwaited) this.#endPauses();
  }

  /** Awaits a request that itself awaits entries: they are read while it is in flight. */
  async during<T>(request: () => Promise<T>): Promise<T> {
    this.#expectedCount++;
    this.#endPauses();
    try {
      return await request();
    } finally {
      this.#expectedCount--;
    }
  }

  /** Resolves when entries are awaited, or after a time limit in milliseconds. */
  awaited(limitMs: number): Promise<void> {
    if (this.#failure !== undefined || this.#isAwaited) return Promise.resolve();
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        this.#pauses.delete(end);
        resolve();
      };
      const timer = setTimeout(end, limitMs);
      this.#pauses.add(end);
    });
  }

  /** Stops following: waiters reject. */
  fail(error: unknown): void {
    this.#failure ??= error;
    for (const waiter of this.#waiters) waiter.reject(this.#failure);
    this.#waiters.clear();
    this.#endPauses();
  }

  get #isAwaited(): boolean {
    return this.#expectedCount + this.#waiters.size > 0 || this.#announcedPosition > this.#position;
  }

  #endPauses(): void {
    for (const end of this.#pauses) end();
  }
}
