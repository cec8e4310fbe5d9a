/**
 * Keeps the state of this process in step with the run's log (state_log.ts). Everybody who follows does the
 * same at the same place of the log: applies a change, or begins anew, where what the root does not reach is
 * let go. So those who have come to the same place know the same objects, and a change made by one can be
 * read by all.
 */
import type { SharedState } from "../state/shared_state.ts";

/** What an entry of the log holds. */
export interface LogEntry {
  readonly position: number;
  /** A change; undefined where the log begins anew. */
  readonly batch: Uint8Array | undefined;
  /** By how much the state may grow. */
  readonly growth: number;
  /** Who made the change. */
  readonly sender: string;
}

/** What was to follow is not in the log any more. */
export class LogGapError extends Error {
  override name = "LogGapError";
}

interface Waiter {
  readonly position: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** See the head of this file. */
export class Follower {
  readonly #state: SharedState;
  readonly #localEnd: () => number;
  readonly #isOwn: (sender: string) => boolean;
  readonly #localEnds = new Map<string, number>();
  readonly #waiters = new Set<Waiter>();
  #position: number;
  #failure: unknown;

  /**
   * @param place Where the state stands now.
   * @param position Where the copy of the log ends that processes here read.
   * @param isOwn Whether a sender is one of those processes.
   */
  constructor(
    state: SharedState,
    position: number,
    localEnd: () => number = () => 0,
    isOwn: (sender: string) => boolean = () => false,
  ) {
    this.#state = state;
    this.#position = position;
    this.#localEnd = localEnd;
    this.#isOwn = isOwn;
  }

  /** How far it has come: how many entries. */
  get position(): number {
    return this.#position;
  }

  /**
   * Applies the next entry.
   *
   * @throws {LogGapError} when it is not the next.
   */
  apply({ position, batch, growth, sender }: LogEntry): void {
    if (position <= this.#position) return;
    if (position !== this.#position + 1) {
      throw new LogGapError(`The state's log has no entry ${this.#position + 1} any more`);
    }
    if (batch === undefined) this.#state.replica.beginLogAnew();
    else this.#state.replica.adopt(batch, { growth }, () => true);
    this.#position = position;
    if (this.#isOwn(sender)) this.#localEnds.set(sender, this.#localEnd());
    for (const waiter of this.#waiters) {
      if (waiter.position > position) continue;
      this.#waiters.delete(waiter);
      waiter.resolve();
    }
  }

  /** Where the copy of the log ended after the last change of a process here. */
  localEndOf(sender: string): number {
    return this.#localEnds.get(sender)!;
  }

  /** A process here is gone. */
  forget(sender: string): void {
    this.#localEnds.delete(sender);
  }

  /** Resolves when it has come to a place. Rejects when it does not go on. */
  reach(position: number): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (position <= this.#position) return Promise.resolve();
    return new Promise((resolve, reject) => this.#waiters.add({ position, resolve, reject }));
  }

  /** It does not go on. */
  fail(error: unknown): void {
    this.#failure ??= error;
    for (const waiter of this.#waiters) waiter.reject(this.#failure);
    this.#waiters.clear();
  }
}
