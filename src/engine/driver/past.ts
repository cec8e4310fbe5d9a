/**
 * What was said of attempts before the driver has come to them: when it goes on with a run, all that was said to
 * the driver before it. It is heard when the attempt is due.
 */
import type { AttemptSaid } from "./engine_lane.ts";

/** See the head of this file. */
export class Past {
  readonly #held = new Map<string, AttemptSaid[]>();
  /** What this driver has ended itself: what is said of it later is nobody's. */
  readonly #ended = new Set<string>();
  /** Of what is held, the attempts whose end is known. */
  readonly #over = new Set<string>();
  readonly #isResumed: boolean;
  /** The last entry that was said to the driver before. */
  end = "0-0";

  /** @param isResumed Whether there was a driver before. */
  constructor(isResumed: boolean) {
    this.#isResumed = isResumed;
  }

  /** Whether there may be attempts that have ended and are not known to have. */
  get isOpen(): boolean {
    return this.#over.size > 0;
  }

  /** Whether an entry of the stream was said before. */
  has(id: string): boolean {
    return this.#isResumed && compare(id, this.end) <= 0;
  }

  /** Keeps what nobody waits for; without a past that is an echo of what the driver itself has ended. */
  keep(key: string, said: AttemptSaid): void {
    if (!this.#isResumed || this.#ended.has(key)) return;
    const held = this.#held.get(key);
    if (held === undefined) this.#held.set(key, [said]);
    else held.push(said);
    if (said.type !== "message") this.#over.add(key);
  }

  /** An attempt has ended. */
  ended(key: string): void {
    if (this.#isResumed) this.#ended.add(key);
  }

  /** Hands over what was said of an attempt. */
  take(key: string): readonly AttemptSaid[] {
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
