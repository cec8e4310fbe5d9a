/**
 * Where facts become events: each is stamped once, and handed to every reporter in turn. A reporter
 * that throws, or returns a promise that rejects, is detached and named once; it harms neither the run
 * nor the others.
 */
import { settlesWithin } from "../runtime/settles_within.ts";
import { isThenable } from "../base/is_instance.ts";
import type { Reporter, RunEvent, RunFact } from "./run_event.ts";

/** A reporter that threw, and what. */
export interface ReporterFailure {
  readonly reporter: Reporter;
  readonly error: unknown;
}

/** How long a reporter has at the end: it may send what it has somewhere. */
const CLOSE_MS = 60_000;

const PENDING = Symbol("pending");

/** See the head of this file. */
export class EventStream {
  readonly #reporters: Reporter[];
  readonly #detached: Reporter[] = [];
  readonly #failures: ReporterFailure[] = [];
  readonly #closeMs: number;
  /** What reporters have returned that is not settled. */
  readonly #pending = new Set<Promise<void>>();
  /** What came while reporters were being told: each hears of it after what comes before it. */
  readonly #queued: RunEvent[] = [];
  #isDelivering = false;
  #seq = 0;
  #elapsedMs = 0;

  /**
   * @param reporters Who gets the events, in this order.
   * @param closeMs How long each has at the end: other than usual in tests.
   */
  constructor(reporters: readonly Reporter[], closeMs: number = CLOSE_MS) {
    this.#reporters = [...reporters];
    this.#closeMs = closeMs;
  }

  /** The reporters that threw so far. */
  get failures(): readonly ReporterFailure[] {
    return this.#failures;
  }

  /** Emits a fact that happened at this time, in milliseconds since the run's start. */
  emit(fact: RunFact, elapsedMs: number): void {
    this.deliver({ ...fact, seq: this.nextSeq(elapsedMs), elapsedMs: this.elapsedMs });
  }

  /**
   * The `seq` of the next event; its time is {@linkcode elapsedMs} then. For events that come by the ten
   * thousand, which are made in one piece and handed to {@linkcode deliver}.
   *
   * @param elapsedMs When it happened. The clocks of threads differ a little: a time before the last
   * event's is taken as the last event's.
   */
  nextSeq(elapsedMs: number): number {
    if (elapsedMs > this.#elapsedMs) this.#elapsedMs = elapsedMs;
    return this.#seq++;
  }

  /** When the last event happened. */
  get elapsedMs(): number {
    return this.#elapsedMs;
  }

  /** Whether a reporter is being told something this moment. */
  get isDelivering(): boolean {
    return this.#isDelivering;
  }

  /** Hands an event, stamped, to every reporter; one that comes of telling another is told after it. */
  deliver(event: RunEvent): void {
    if (this.#isDelivering) return void this.#queued.push(event);
    this.#isDelivering = true;
    try {
      this.#deliverToAll(event);
      while (this.#queued.length > 0) this.#deliverToAll(this.#queued.shift()!);
    } finally {
      this.#isDelivering = false; // also where a task on this thread has left no stack to tell it
    }
  }

  #deliverToAll(event: RunEvent): void {
    for (let i = 0; i < this.#reporters.length; i++) {
      const reporter = this.#reporters[i]!;
      try {
        const returned: unknown = reporter.report(event);
        if (returned !== undefined) this.#watch(reporter, returned);
      } catch (error) {
        i--;
        this.#detach(reporter, error);
      }
    }
  }

  /** Disposes of the reporters, those that failed as well: they flush what they hold back. */
  async close(): Promise<void> {
    if (this.#pending.size > 0) await settlesWithin(Promise.all(this.#pending), this.#closeMs);
    for (const reporter of [...this.#reporters, ...this.#detached]) {
      try {
        await this.#settlesInTime(reporter[Symbol.asyncDispose]?.());
      } catch (error) {
        this.#recordFailure(reporter, error);
      }
    }
  }

  async #settlesInTime(closed: PromiseLike<void> | undefined): Promise<void> {
    if (closed === undefined) return;
    // Most are closed at once: then no timer is needed, which takes 3 ms the first time.
    if (await Promise.race([closed, PENDING]) !== PENDING) return;
    if (await settlesWithin(Promise.resolve(closed), this.#closeMs)) return;
    throw new Error(`it was not closed within ${this.#closeMs / 1000} s of the end of the run`);
  }

  /** A callback may be an async function: what it leaves to reject would end the process. */
  #watch(reporter: Reporter, returned: unknown): void {
    if (!isThenable(returned)) return;
    const settled = Promise.resolve(returned)
      .then(() => {}, (error) => this.#detach(reporter, error))
      .finally(() => this.#pending.delete(settled));
    this.#pending.add(settled);
  }

  #detach(reporter: Reporter, error: unknown): void {
    const index = this.#reporters.indexOf(reporter);
    if (index < 0) return; // it was named before
    this.#reporters.splice(index, 1);
    this.#detached.push(reporter);
    this.#recordFailure(reporter, error);
  }

  #recordFailure(reporter: Reporter, error: unknown): void {
    if (this.#failures.some((it) => it.reporter === reporter)) return;
    this.#failures.push({ reporter, error });
  }
}
