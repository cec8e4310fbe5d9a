/**
 * The user's lock, for the processes of this machine: a lease with a fencing token, held in Redis
 * and renewed while a process holds it.
 *
 * Terms: the holder is a session; the fencing token is the number of grants so far; the lease
 * expires at `expiresAt`; waiting sessions queue in Redis.
 *
 * Races prevented: a holder that is cut off loses the lock when its lease expires, and its writes
 * with the old fencing token are rejected; a grant whose message is lost is found by the next
 * request, which every waiting session repeats at the renewal interval.
 */
import { clearInterval, clearTimeout, setInterval, setTimeout } from "../../runtime/timers.ts";
import type { Connections } from "../redis/connections.ts";
import { type LeaseGrant, LOCK_LEASE_MS } from "../engine_protocol.ts";

/**
 * Interval of renewals by the holder, and of repeated requests by waiting sessions, in
 * milliseconds.
 */
const RENEW_INTERVAL_MS = LOCK_LEASE_MS / 4;

interface Lease {
  readonly fencingToken: number;
  readonly name: string;
  /** The lease has expired: writes with its token are rejected, and it is not renewed. */
  isLost?: boolean;
}

/** The client of the user's lock. */
export class LeaseLockClient implements Disposable {
  readonly #connections: Connections;
  readonly #key: string;
  readonly #leases = new Map<string, Lease>();
  readonly #waiters = new Map<string, Set<(grant: LeaseGrant | undefined) => void>>();
  /** The fencing token of each session's last grant: a grant that is not newer is stale. */
  readonly #lastTokens = new Map<string, number>();
  readonly #timer: ReturnType<typeof setInterval>;

  constructor(connections: Connections, key: string) {
    this.#connections = connections;
    this.#key = key;
    this.#timer = setInterval(() => this.#renew(), RENEW_INTERVAL_MS);
  }

  /** The fencing token of a session's lease, valid or lost; 0 if it has none. */
  fencingTokenOf(session: string): number {
    return this.#leases.get(session)?.fencingToken ?? 0;
  }

  /**
   * Takes the lock if it is free.
   *
   * @param isGone Whether the session is closed.
   */
  async tryTake(
    session: string,
    name: string,
    isGone: () => boolean,
  ): Promise<LeaseGrant | undefined> {
    const grant = await this.#request(session, name, false);
    return grant && await this.#accept(session, name, grant, isGone);
  }

  /** Takes the lock, or waits for it. */
  async take(session: string, name: string, isGone: () => boolean): Promise<LeaseGrant> {
    while (!isGone()) {
      // Race prevented: the grant may arrive before the reply, so the waiter is added first.
      const granted = Promise.withResolvers<LeaseGrant | undefined>();
      const waiters = this.#waiters.getOrInsert(session, new Set()).add(granted.resolve);
      try {
        // A failed request is repeated.
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

  /** Handles a grant, to a session of any machine. */
  onGranted(session: string, grant: LeaseGrant): void {
    if (grant.fencingToken <= (this.#lastTokens.get(session) ?? 0)) return;
    for (const resolve of this.#waiters.get(session) ?? []) resolve(grant);
  }

  /** Releases the lock, unless it is released. */
  async release(session: string, fencingToken: number): Promise<void> {
    if (this.#leases.get(session)?.fencingToken !== fencingToken) return;
    this.#leases.delete(session);
    await this.#unlock(session, fencingToken, "");
  }

  /** Closes a session: if it holds the lock, the next holder learns that it was abandoned. */
  async closeSession(session: string): Promise<void> {
    const lease = this.#leases.get(session);
    this.#leases.delete(session);
    this.#lastTokens.delete(session);
    if (lease === undefined && !this.#waiters.has(session)) return;
    for (const resolve of this.#waiters.get(session) ?? []) resolve(undefined);
    await this.#unlock(session, lease?.fencingToken ?? 0, lease?.name ?? "");
  }

  /** Stops the renewal, and ends all waits. */
  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    for (const waiters of this.#waiters.values()) for (const resolve of waiters) resolve(undefined);
  }

  async #request(session: string, name: string, waits: boolean): Promise<LeaseGrant | undefined> {
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

  /** Stores the lease, or returns it if the session was closed in the meantime. */
  async #accept(
    session: string,
    name: string,
    grant: LeaseGrant,
    isGone: () => boolean,
  ): Promise<LeaseGrant> {
    if (isGone()) {
      await this.#unlock(session, grant.fencingToken, grant.abandonedBy ?? "");
      throw goneError(name);
    }
    this.#lastTokens.set(session, grant.fencingToken);
    this.#leases.set(session, { fencingToken: grant.fencingToken, name });
    return grant;
  }

  /** Waits for a grant; resolves to undefined when the request is to be repeated. */
  async #waitForGrant(
    granted: PromiseWithResolvers<LeaseGrant | undefined>,
  ): Promise<LeaseGrant | undefined> {
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
        // the lease expires by itself
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
  return new Error(`${name} is gone and no longer waits for the lock`);
}
