/**
 * The user's lock, for the processes of this machine: it is taken and given back at the engine, and kept alive
 * while a process holds it.
 *
 * Words: holder, term (how often it was given), till, and a queue of who waits, at the engine.
 * Races prevented: an owner that cannot be reached loses the lock when `till` has passed, and whatever it
 * writes by that term is refused; a grant that gets lost with its message is found by asking again, which
 * all who wait do from time to time.
 */
import type { Connections } from "../connect.ts";
import { type Grant, LOCK_MS } from "../protocol.ts";

/** How often who holds it says so, and who waits for it asks again. */
const RENEW_MS = LOCK_MS / 4;

/** See the head of this file. */
export class LockDesk implements Disposable {
  readonly #connections: Connections;
  readonly #key: string;
  readonly #held = new Map<string, { readonly term: number; readonly name: string }>();
  readonly #waiting = new Map<string, Set<(grant: Grant | undefined) => void>>();
  readonly #timer: ReturnType<typeof setInterval>;

  constructor(connections: Connections, key: string) {
    this.#connections = connections;
    this.#key = key;
    this.#timer = setInterval(() => this.#renew(), RENEW_MS);
  }

  /** Which grant a seat holds the lock by; 0 for none. */
  termOf(seat: string): number {
    return this.#held.get(seat)?.term ?? 0;
  }

  /** Takes the lock if it is free. */
  async tryTake(seat: string, name: string): Promise<Grant | undefined> {
    return await this.#ask(seat, name, false);
  }

  /**
   * Takes the lock.
   *
   * @param isGone Whether nobody waits for the answer any more.
   */
  async take(seat: string, name: string, isGone: () => boolean): Promise<Grant> {
    while (!isGone()) {
      // Listening before asking: the grant may come before the answer.
      const told = Promise.withResolvers<Grant | undefined>();
      const waiters = this.#waiting.get(seat) ?? new Set();
      this.#waiting.set(seat, waiters.add(told.resolve));
      try {
        const grant = await this.#ask(seat, name, true) ?? await this.#granted(told);
        if (grant !== undefined) return this.#hold(seat, name, grant);
      } finally {
        waiters.delete(told.resolve);
        if (waiters.size === 0) this.#waiting.delete(seat);
      }
    }
    throw new Error(`${name} is gone and waits for nothing any more`);
  }

  /** The engine has given the lock to a seat, here or elsewhere. */
  granted(seat: string, grant: Grant): void {
    for (const resolve of this.#waiting.get(seat) ?? []) resolve(grant);
  }

  /** Gives the lock back, unless that was done before. */
  async release(seat: string, term: number): Promise<void> {
    if (this.#held.get(seat)?.term !== term) return;
    this.#held.delete(seat);
    await this.#unlock(seat, term, "");
  }

  /** A seat is left: if it held the lock, the next owner is told. */
  async leave(seat: string): Promise<void> {
    const held = this.#held.get(seat);
    this.#held.delete(seat);
    if (held === undefined && !this.#waiting.has(seat)) return;
    for (const resolve of this.#waiting.get(seat) ?? []) resolve(undefined);
    await this.#unlock(seat, held?.term ?? 0, held?.name ?? "");
  }

  /** Keeps nothing alive any more. */
  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    for (const waiters of this.#waiting.values()) for (const resolve of waiters) resolve(undefined);
  }

  async #ask(seat: string, name: string, waits: boolean): Promise<Grant | undefined> {
    const args = [seat, name, LOCK_MS, waits ? 1 : 0] as const;
    const [word, ...rest] = await this.#connections.script("lock", this.#key, ...args);
    if (word !== "granted") return undefined;
    const [term, place, abandonedBy] = rest;
    return this.#hold(seat, name, {
      term: Number(term),
      place: Number(place),
      ...(abandonedBy ? { abandonedBy: String(abandonedBy) } : {}),
    });
  }

  #hold(seat: string, name: string, grant: Grant): Grant {
    this.#held.set(seat, { term: grant.term, name });
    return grant;
  }

  /** The grant, or undefined when it is time to ask again. */
  async #granted(told: PromiseWithResolvers<Grant | undefined>): Promise<Grant | undefined> {
    const timer = setTimeout(() => told.resolve(undefined), RENEW_MS);
    const grant = await told.promise;
    clearTimeout(timer);
    return grant;
  }

  async #unlock(seat: string, term: number, name: string): Promise<void> {
    await this.#connections.script("unlock", this.#key, seat, term, LOCK_MS, name).catch(() => {
      // it cannot be reached: the lock expires by itself
    });
  }

  async #renew(): Promise<void> {
    for (const [seat, { term }] of this.#held) {
      const renewed = this.#connections.script("renew", this.#key, seat, term, LOCK_MS);
      const [word] = await renewed.catch(() => ["unknown"] as const);
      if (word === "lost" && this.#held.get(seat)?.term === term) this.#held.delete(seat);
    }
  }
}
