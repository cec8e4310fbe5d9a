/**
 * The user's lock, for the processes of this machine: it is taken and given back at the engine, and kept alive
 * while a process holds it.
 *
 * Words: holder, term (how often it was given), till, and a queue of who waits, at the engine.
 * Races prevented: an owner that cannot be reached loses the lock when `till` has passed, and whatever it
 * writes by that term is refused; a grant that gets lost with its message is found by asking again, which
 * all who wait do from time to time.
 */
import { clearInterval, clearTimeout, setInterval, setTimeout } from "../../runtime/timers.ts";
import type { Connections } from "../redis/connections.ts";
import { LOCK_LEASE_MS, type LockGrant } from "../engine_protocol.ts";

/** How often who holds it says so, and who waits for it asks again. */
const RENEW_MS = LOCK_LEASE_MS / 4;

interface Held {
  readonly fencingToken: number;
  readonly name: string;
  /** It is another's by now: what is written by the term is refused, and nothing keeps it. */
  isLost?: boolean;
}

/** See the head of this file. */
export class LeaseLockClient implements Disposable {
  readonly #connections: Connections;
  readonly #key: string;
  readonly #held = new Map<string, Held>();
  readonly #waiting = new Map<string, Set<(grant: LockGrant | undefined) => void>>();
  /** The last grant of each seat: news of an earlier one, or of the same, is stale. */
  readonly #terms = new Map<string, number>();
  readonly #timer: ReturnType<typeof setInterval>;

  constructor(connections: Connections, key: string) {
    this.#connections = connections;
    this.#key = key;
    this.#timer = setInterval(() => this.#renew(), RENEW_MS);
  }

  /** Which grant a seat holds the lock by, or has lost it by and does not know; 0 for none. */
  termOf(seat: string): number {
    return this.#held.get(seat)?.fencingToken ?? 0;
  }

  /**
   * Takes the lock if it is free.
   *
   * @param isGone Whether nobody waits for the answer any more.
   */
  async tryTake(
    seat: string,
    name: string,
    isGone: () => boolean,
  ): Promise<LockGrant | undefined> {
    const grant = await this.#ask(seat, name, false);
    return grant && await this.#hold(seat, name, grant, isGone);
  }

  /** {@linkcode tryTake}, or waits until it is this seat's. */
  async take(seat: string, name: string, isGone: () => boolean): Promise<LockGrant> {
    while (!isGone()) {
      // Listening before asking: the grant may come before the answer.
      const told = Promise.withResolvers<LockGrant | undefined>();
      const waiters = this.#waiting.getOrInsert(seat, new Set()).add(told.resolve);
      try {
        // What cannot be asked now is asked again: who waits for a lock has nobody to tell of it.
        const asked = this.#ask(seat, name, true).catch(() => undefined);
        const grant = await asked ?? await this.#granted(told);
        if (grant !== undefined) return await this.#hold(seat, name, grant, isGone);
      } finally {
        waiters.delete(told.resolve);
        if (waiters.size === 0) this.#waiting.delete(seat);
      }
    }
    throw goneError(name);
  }

  /** The engine has given the lock to a seat, here or elsewhere. */
  granted(seat: string, grant: LockGrant): void {
    if (grant.fencingToken <= (this.#terms.get(seat) ?? 0)) return;
    for (const resolve of this.#waiting.get(seat) ?? []) resolve(grant);
  }

  /** Gives the lock back, unless that was done before. */
  async release(seat: string, term: number): Promise<void> {
    if (this.#held.get(seat)?.fencingToken !== term) return;
    this.#held.delete(seat);
    await this.#unlock(seat, term, "");
  }

  /** A seat is left: if it held the lock, the next owner is told. */
  async leave(seat: string): Promise<void> {
    const held = this.#held.get(seat);
    this.#held.delete(seat);
    this.#terms.delete(seat);
    if (held === undefined && !this.#waiting.has(seat)) return;
    for (const resolve of this.#waiting.get(seat) ?? []) resolve(undefined);
    await this.#unlock(seat, held?.fencingToken ?? 0, held?.name ?? "");
  }

  /** Keeps nothing alive any more. */
  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    for (const waiters of this.#waiting.values()) for (const resolve of waiters) resolve(undefined);
  }

  async #ask(seat: string, name: string, waits: boolean): Promise<LockGrant | undefined> {
    const args = [seat, name, LOCK_LEASE_MS, waits ? 1 : 0] as const;
    const [word, ...rest] = await this.#connections.script("lock", this.#key, ...args);
    if (word !== "granted") return undefined;
    const [term, place, abandonedBy] = rest;
    return {
      fencingToken: Number(term),
      position: Number(place),
      ...(abandonedBy ? { abandonedBy: String(abandonedBy) } : {}),
    };
  }

  /** Who has gone meanwhile does not keep what it was given. */
  async #hold(
    seat: string,
    name: string,
    grant: LockGrant,
    isGone: () => boolean,
  ): Promise<LockGrant> {
    if (isGone()) {
      await this.#unlock(seat, grant.fencingToken, grant.abandonedBy ?? "");
      throw goneError(name);
    }
    this.#terms.set(seat, grant.fencingToken);
    this.#held.set(seat, { fencingToken: grant.fencingToken, name });
    return grant;
  }

  /** The grant, or undefined when it is time to ask again. */
  async #granted(
    told: PromiseWithResolvers<LockGrant | undefined>,
  ): Promise<LockGrant | undefined> {
    const timer = setTimeout(() => told.resolve(undefined), RENEW_MS);
    const grant = await told.promise;
    clearTimeout(timer);
    return grant;
  }

  async #unlock(seat: string, term: number, name: string): Promise<void> {
    await this.#connections.script("unlock", this.#key, seat, term, LOCK_LEASE_MS, name).catch(
      () => {
        // it cannot be reached: the lock expires by itself
      },
    );
  }

  async #renew(): Promise<void> {
    for (const [seat, held] of this.#held) {
      if (held.isLost) continue;
      const renewed = this.#connections.script(
        "renew",
        this.#key,
        seat,
        held.fencingToken,
        LOCK_LEASE_MS,
      );
      const [word] = await renewed.catch(() => ["unknown"] as const);
      if (word === "lost") held.isLost = true;
    }
  }
}

function goneError(name: string): Error {
  return new Error(`${name} is gone and waits for nothing any more`);
}
