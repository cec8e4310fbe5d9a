/**
 * What was said of attempts before the driver has come to them: when it goes on with a run, all that was said to
 * the driver before it. It is heard when the attempt is due.
 */
import type { AttemptEvent } from "./engine_lane.ts";

/** See the head of this file. */
export class EventBacklog {
  readonly #held = new Map<string, AttemptEvent[]>();
  /** What this driver has ended itself: what is said of it later is nobody's. */
  readonly #ended = new Set<string>();
  /** Of what is held, the attempts whose end is known. */
  readonly #over = new Set<string>();
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
  begin({ end, revoked }: { readonly end: string; readonly revoked: readonly string[] }): void {
    this.#end = end;
    this.#revoked = new Set(revoked);
  }

  /**
   * What the driver before took for the end of an attempt. One that it ended by force may have ended by itself
   * in that very moment: it had heard nothing of that, and took its result away.
   */
  reinterpret(said: Extract<AttemptEvent, { type: "settled" | "lost" }>): AttemptEvent {
    if (said.type === "lost" || !this.#revoked.has(said.key)) return said;
    const error = { type: "WorkerError", message: "the attempt was terminated" };
    return { type: "lost", key: said.key, error };
  }

  /** Whether there may be attempts that have ended and are not known to have. */
  get isOpen(): boolean {
    return this.#over.size > 0;
  }

  /** Whether an entry of the stream was said before. */
  has(id: string): boolean {
    return this.#isResumed && compare(id, this.#end) <= 0;
  }

  /** Keeps what nobody waits for; without a past that is an echo of what the driver itself has ended. */
  keep(key: string, said: AttemptEvent): void {
    if (!this.#isResumed || this.#ended.has(key)) return;
    this.#held.getOrInsert(key, []).push(said);
    if (said.type !== "message") this.#over.add(key);
  }

  /** An attempt has ended. */
  ended(key: string): void {
    if (this.#isResumed) this.#ended.add(key);
  }

  /** Hands over what was said of an attempt. */
  take(key: string): readonly AttemptEvent[] {
    const held = this.#held.get(key) ?? [];
    this.#held.delete(key);
    this.#over.delete(key);
    return held;
  }
}

/** Compares two ids of entries: `1700000000000-3`. */
function compare(a: string, b: string): number {
  const [aMs = 0, aCount = 0] = a.split("-").map(Number);
  const [bMs = 0, bCount = 0] = b.split("-").map(Number);
  return aMs - bMs || aCount - bCount;
}
