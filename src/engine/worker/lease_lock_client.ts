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
const RENEW_INTERVAL_MS = LOCK_LEASE_MS / 4;

interface Lease {
  readonly fencingToken: number;
  readonly name: string;
  /** It is another's by now: what is written by the term is refused, and nothing keeps it. */
  isLost?: boolean;
}

/** See the head of this file. */
export class LeaseLockClient implements Disposable {
  readonly #connections: Connections;
  readonly #key: string;
  readonly #leases = new Map<string, Lease>();
  readonly #waiters = new Map<string, Set<(grant: LockGrant | undefined) => void>>();
  /** The last grant of each seat: news of an earlier one, or of the same, is stale. */
  readonly #lastTokens = new Map<string, number>();
  readonly #timer: ReturnType<typeof setInterval>;

  constructor(connections: Connections, key: string) {
    this.#connections = connections;
    this.#key = key;
    this.#timer = setInterval(() => this.#renew(), RENEW_INTERVAL_MS);
  }

  /** Which grant a seat holds the lock by, or has lost it by and does not know; 0 for none. */
  fencingTokenOf(session: string): number {
    return this.#leases.get(session)?.fencingToken ?? 0;
  }

  /**
   * Takes the lock if it is free.
   *
   * @param isGone Whether nobody waits for the answer any more.
   */
  async tryTake(
    session: string,
    name: string,
    isGone: () => boolean,
  ): Promise<LockGrant | undefined> {
    const grant = await this.#request(session, name, false);
    return grant && await this.#accept(session, name, grant, isGone);
  }

  /** {@linkcode tryTake}, or waits until it is this seat's. */
  async take(session: string, name: string, isGone: () => boolean): Promise<LockGrant> {
    while (!isGone()) {
      // Listening before asking: the grant may come before the answer.
      const granted = Promise.withResolvers<LockGrant | undefined>();
      const waiters = this.#waiters.getOrInsert(session, new Set()).add(granted.resolve);
      try {
        // What cannot be asked now is asked again: who waits for a lock has nobody to tell of it.
        const requested = this.#request(session, name, true).catch(() => undefined);
        const grant = await requested ?? await this.#waitForGrant(granted);
        if (grant !== undefined) return await this.#accept(session, name, grant, isGone);
      } finally {
        waiters.delete(granted.resolve);
        if (waiters.size === 0) this.#waiters.delete(session);
      }
    }
    throw goneError(name);
  }

  /** The engine has given the lock to a seat, here or elsewhere. */
  onGranted(session: string, grant: LockGrant): void {
    if (grant.fencingToken <= (this.#lastTokens.get(session) ?? 0)) return;
    for (const resolve of this.#waiters.get(session) ?? []) resolve(grant);
  }

  /** Gives the lock back, unless that was done before. */
  async release(session: string, fencingToken: number): Promise<void> {
    if (this.#leases.get(session)?.fencingToken !== fencingToken) return;
    this.#leases.delete(session);
    await this.#unlock(session, fencingToken, "");
  }

  /** A seat is left: if it held the lock, the next owner is told. */
  async closeSession(session: string): Promise<void> {
    const lease = this.#leases.get(session);
    this.#leases.delete(session);
    this.#lastTokens.delete(session);
    if (lease === undefined && !this.#waiters.has(session)) return;
    for (const resolve of this.#waiters.get(session) ?? []) resolve(undefined);
    await this.#unlock(session, lease?.fencingToken ?? 0, lease?.name ?? "");
  }

  /** Keeps nothing alive any more. */
  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    for (const waiters of this.#waiters.values()) for (const resolve of waiters) resolve(undefined);
  }

  async #request(session: string, name: string, waits: boolean): Promise<LockGrant | undefined> {
    const args = [session, name, LOCK_LEASE_MS, waits ? 1 : 0] as const;
    const [status, ...rest] = await this.#connections.runScript("lock", this.#key, ...args);
    if (status !== "granted") return undefined;
    const [fencingToken, position, abandonedBy] = rest;
    return {
      fencingToken: Number(fencingToken),
      position: Number(position),
      ...(abandonedBy ? { abandonedBy: String(abandonedBy) } : {}),
    };
  }

  /** Who has gone meanwhile does not keep what it was given. */
  async #accept(
    session: string,
    name: string,
    grant: LockGrant,
    isGone: () => boolean,
  ): Promise<LockGrant> {
    if (isGone()) {
      await this.#unlock(session, grant.fencingToken, grant.abandonedBy ?? "");
      throw goneError(name);
    }
    this.#lastTokens.set(session, grant.fencingToken);
    this.#leases.set(session, { fencingToken: grant.fencingToken, name });
    return grant;
  }

  /** The grant, or undefined when it is time to ask again. */
  async #waitForGrant(
    granted: PromiseWithResolvers<LockGrant | undefined>,
  ): Promise<LockGrant | undefined> {
    const timer = setTimeout(() => granted.resolve(undefined), RENEW_INTERVAL_MS);
    const grant = await granted.promise;
    clearTimeout(timer);
    return grant;
  }

  async #unlock(session: string, fencingToken: number, name: string): Promise<void> {
    await this.#connections.runScript(
      "unlock",
      this.#key,
      session,
      fencingToken,
      LOCK_LEASE_MS,
      name,
    ).catch(
      () => {
        // it cannot be reached: the lock expires by itself
      },
    );
  }

  async #renew(): Promise<void> {
    for (const [session, lease] of this.#leases) {
      if (lease.isLost) continue;
      const renewed = this.#connections.runScript(
        "renew",
        this.#key,
        session,
        lease.fencingToken,
        LOCK_LEASE_MS,
      );
      const [status] = await renewed.catch(() => ["unknown"] as const);
      if (status === "lost") lease.isLost = true;
    }
  }
}

function goneError(name: string): Error {
  return new Error(`${name} is gone and waits for nothing any more`);
}
