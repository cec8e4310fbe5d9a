/**
 * What was said of attempts before the driver has come to them: when it goes on with a run, all that was said to
 * the driver before it. It is heard when the attempt is due.
 */
import type { AttemptEvent } from "./engine_lane.ts";

/** See the head of this file. */
export class EventBacklog {
  readonly #buffered = new Map<string, AttemptEvent[]>();
  /** What this driver has ended itself: what is said of it later is nobody's. */
  readonly #ended = new Set<string>();
  /** Of what is held, the attempts whose end is known. */
  readonly #settled = new Set<string>();
  readonly #isResumed: boolean;
  /** The last entry that was said to the driver before. */
  #end = "0-0";
  /** Attempts that the driver before has ended by force. */
  #revoked: ReadonlySet<string> = new Set();

  /** @param isResumed Whether there was a driver before. */
  constructor(isResumed: boolean) {
    this.#isResumed = isResumed;
  }

  /** There was a driver before: the last entry that was said to it, and the attempts it has ended by force. */
  load(
    { lastEventId, revoked }: { readonly lastEventId: string; readonly revoked: readonly string[] },
  ): void {
    this.#end = lastEventId;
    this.#revoked = new Set(revoked);
  }

  /**
   * What the driver before took for the end of an attempt. One that it ended by force may have ended by itself
   * in that very moment: it had heard nothing of that, and took its result away.
   */
  reinterpret(event: Extract<AttemptEvent, { type: "settled" | "lost" }>): AttemptEvent {
    if (event.type === "lost" || !this.#revoked.has(event.key)) return event;
    const error = { type: "WorkerError", message: "the attempt was terminated" };
    return { type: "lost", key: event.key, error };
  }

  /** Whether there may be attempts that have ended and are not known to have. */
  get hasEndedAttempts(): boolean {
    return this.#settled.size > 0;
  }

  /** Whether an entry of the stream was said before. */
  has(id: string): boolean {
    return this.#isResumed && compare(id, this.#end) <= 0;
  }

  /** Keeps what nobody waits for; without a past that is an echo of what the driver itself has ended. */
  buffer(key: string, event: AttemptEvent): void {
    if (!this.#isResumed || this.#ended.has(key)) return;
    this.#buffered.getOrInsert(key, []).push(event);
    if (event.type !== "message") this.#settled.add(key);
  }

  /** An attempt has ended. */
  markEnded(key: string): void {
    if (this.#isResumed) this.#ended.add(key);
  }

  /** Hands over what was said of an attempt. */
  drain(key: string): readonly AttemptEvent[] {
    const events = this.#buffered.get(key) ?? [];
    this.#buffered.delete(key);
    this.#settled.delete(key);
    return events;
  }
}

/** Compares two ids of entries: `1700000000000-3`. */
function compare(a: string, b: string): number {
  const [aMs = 0, aCount = 0] = a.split("-").map(Number);
  const [bMs = 0, bCount = 0] = b.split("-").map(Number);
  return aMs - bMs || aCount - bCount;
}
