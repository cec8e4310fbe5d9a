/**
 * Keeps the state of this process in step with the run's log (state_log.ts). Everybody who follows does the
 * same at the same place of the log: applies a change, or begins anew, where what the root does not reach is
 * let go. So those who have come to the same place know the same objects, and a change made by one can be
 * read by all.
 */
import type { SharedState } from "../state/shared_state.ts";

/** What an entry of the log holds. */
export interface LogEntry {
  readonly place: number;
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
  readonly place: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** See the head of this file. */
export class Follower {
  readonly #state: SharedState;
  readonly #position: () => number;
  readonly #isOwn: (sender: string) => boolean;
  readonly #ends = new Map<string, number>();
  readonly #waiters = new Set<Waiter>();
  #place: number;
  #broken: unknown;

  /**
   * @param place Where the state stands now.
   * @param position Where the copy of the log ends that processes here read.
   * @param isOwn Whether a sender is one of those processes.
   */
  constructor(
    state: SharedState,
    place: number,
    position: () => number = () => 0,
    isOwn: (sender: string) => boolean = () => false,
  ) {
    this.#state = state;
    this.#place = place;
    this.#position = position;
    this.#isOwn = isOwn;
  }

  /** How far it has come: how many entries. */
  get place(): number {
    return this.#place;
  }

  /**
   * Applies the next entry.
   *
   * @throws {LogGapError} when it is not the next.
   */
  take({ place, batch, growth, sender }: LogEntry): void {
    if (place <= this.#place) return;
    if (place !== this.#place + 1) {
      throw new LogGapError(`The state's log has no entry ${this.#place + 1} any more`);
    }
    if (batch === undefined) this.#state.replica.restartLog();
    else this.#state.replica.appendRemote(batch, { growth }, () => true);
    this.#place = place;
    if (this.#isOwn(sender)) this.#ends.set(sender, this.#position());
    for (const waiter of this.#waiters) {
      if (waiter.place > place) continue;
      this.#waiters.delete(waiter);
      waiter.resolve();
    }
  }

  /** Where the copy of the log ended after the last change of a process here. */
  endOf(sender: string): number {
    return this.#ends.get(sender)!;
  }

  /** A process here is gone. */
  forget(sender: string): void {
    this.#ends.delete(sender);
  }

  /** Resolves when it has come to a place. Rejects when it does not go on. */
  reach(place: number): Promise<void> {
    if (this.#broken !== undefined) return Promise.reject(this.#broken);
    if (place <= this.#place) return Promise.resolve();
    return new Promise((resolve, reject) => this.#waiters.add({ place, resolve, reject }));
  }

  /** It does not go on. */
  break(error: unknown): void {
    this.#broken ??= error;
    for (const waiter of this.#waiters) waiter.reject(this.#broken);
    this.#waiters.clear();
  }
}
