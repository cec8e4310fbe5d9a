/**
 * Buffers the events of attempts that the driver has not started yet. On resume, these are the
 * events since the run began: each is handled when its attempt is due.
 */
import type { AttemptEvent } from "./engine_lane.ts";

/** The events of attempts that this driver has not started. */
export class EventBacklog {
  readonly #buffered = new Map<string, AttemptEvent[]>();
  /** Attempts that this driver has ended: later events of theirs are dropped. */
  readonly #lastEventIded = new Set<string>();
  /** Buffered attempts that have ended. */
  readonly #settled = new Set<string>();
  readonly #isResumed: boolean;
  /** The id of the last event before this driver. */
  #lastEventId = "0-0";
  /** Attempts that the previous driver has terminated. */
  #revoked: ReadonlySet<string> = new Set();

  /** @param isResumed Whether the run had a driver before. */
  constructor(isResumed: boolean) {
    this.#isResumed = isResumed;
  }

  /**
   * Sets the id of the last event before this driver, and the attempts that previous drivers have
   * revoked.
   */
  load(
    { lastEventId, revoked }: { readonly lastEventId: string; readonly revoked: readonly string[] },
  ): void {
    this.#lastEventId = lastEventId;
    this.#revoked = new Set(revoked);
  }

  /**
   * Interprets the end of an attempt as the previous driver did. A revoked attempt may have settled
   * at the same time: that driver had not seen it, and has dropped the result.
   */
  reinterpret(event: Extract<AttemptEvent, { type: "settled" | "lost" }>): AttemptEvent {
    if (event.type === "lost" || !this.#revoked.has(event.key)) return event;
    const error = { type: "WorkerError", message: "the attempt was terminated" };
    return { type: "lost", key: event.key, error };
  }

  /** Whether attempts have ended that the plan does not know of yet. */
  get hasEndedAttempts(): boolean {
    return this.#settled.size > 0;
  }

  /** Whether an event was published before this driver. */
  has(id: string): boolean {
    return this.#isResumed && compare(id, this.#lastEventId) <= 0;
  }

  /**
   * Buffers an event of an attempt that no lane runs. In a run without a previous driver, such an
   * event is an echo of an attempt that this driver has ended, and is dropped.
   */
  buffer(key: string, event: AttemptEvent): void {
    if (!this.#isResumed || this.#lastEventIded.has(key)) return;
    this.#buffered.getOrInsert(key, []).push(event);
    if (event.type !== "message") this.#settled.add(key);
  }

  /** Drops later events of an attempt. */
  markEnded(key: string): void {
    if (this.#isResumed) this.#lastEventIded.add(key);
  }

  /** Removes and returns the buffered events of an attempt. */
  drain(key: string): readonly AttemptEvent[] {
    const events = this.#buffered.get(key) ?? [];
    this.#buffered.delete(key);
    this.#settled.delete(key);
    return events;
  }
}

/** Compares two stream ids: `1700000000000-3`. */
function compare(a: string, b: string): number {
  const [aMs = 0, aCount = 0] = a.split("-").map(Number);
  const [bMs = 0, bCount = 0] = b.split("-").map(Number);
  return aMs - bMs || aCount - bCount;
}
