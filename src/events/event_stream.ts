/**
 * The event stream of a run: stamps facts, folds the events into the run view, and delivers both
 * to the reporters, in order. A reporter that throws, or returns a promise that rejects, is
 * detached and recorded once; neither the run nor other reporters are affected.
 */
import { settlesWithin } from "../runtime/settles_within.ts";
import { isThenable } from "../base/is_instance.ts";
import type { Reporter } from "./reporter.ts";
import type { RunEvent, RunFact } from "./run_event.ts";
import { applyEvent, emptyView, type MutableRunView } from "./run_view.ts";

/** A failed reporter and its error. */
export interface ReporterFailure {
  readonly reporter: Reporter;
  readonly error: unknown;
}

/** Maximum time for closing a reporter in milliseconds: it may upload a report. */
const CLOSE_MS = 60_000;

const PENDING = Symbol("pending");

/** Stamps events and delivers them to reporters. */
export class EventStream {
  /** The fold of the events delivered so far, the one that reporters receive included. */
  readonly view: MutableRunView = emptyView();
  readonly #reporters: Reporter[];
  readonly #detached: Reporter[] = [];
  readonly #failures: ReporterFailure[] = [];
  readonly #closeMs: number;
  /** Unsettled promises that reporters have returned. */
  readonly #pending = new Set<Promise<void>>();
  /**
   * Events emitted during a delivery: delivered afterwards, so that every reporter sees all events
   * in order.
   */
  readonly #queued: RunEvent[] = [];
  #isDelivering = false;
  #seq = 0;
  #elapsedMs = 0;

  /**
   * @param reporters The reporters, in the order of delivery.
   * @param closeMs Maximum time for closing a reporter; tests set it.
   */
  constructor(reporters: readonly Reporter[], closeMs: number = CLOSE_MS) {
    // Like a reporter, a fold that fails since a task has patched a built-in is detached.
    const fold: Reporter = { report: (event) => applyEvent(this.view, event) };
    this.#reporters = [fold, ...reporters];
    this.#closeMs = closeMs;
  }

  /** The reporters that have failed so far. */
  get failures(): readonly ReporterFailure[] {
    return this.#failures;
  }

  /**
   * Emits a fact.
   *
   * @param elapsedMs When the fact occurred, in milliseconds since the run's start.
   */
  emit(fact: RunFact, elapsedMs: number): void {
    this.deliver({ ...fact, seq: this.nextSeq(elapsedMs), elapsedMs: this.elapsedMs });
  }

  /**
   * Returns the `seq` of the next event, and sets {@linkcode elapsedMs} to its time. For frequent
   * events, which the caller creates in one piece and passes to {@linkcode deliver}.
   *
   * @param elapsedMs When the event occurred. The clocks of threads differ slightly: a time before
   * that of the last event is replaced by the last event's.
   */
  nextSeq(elapsedMs: number): number {
    if (elapsedMs > this.#elapsedMs) this.#elapsedMs = elapsedMs;
    return this.#seq++;
  }

  /** Time of the last event in milliseconds since the run's start. */
  get elapsedMs(): number {
    return this.#elapsedMs;
  }

  /** Whether a delivery is in progress. */
  get isDelivering(): boolean {
    return this.#isDelivering;
  }

  /** Delivers a stamped event to every reporter. An event emitted during a delivery is queued. */
  deliver(event: RunEvent): void {
    if (this.#isDelivering) return void this.#queued.push(event);
    this.#isDelivering = true;
    try {
      this.#deliverToAll(event);
      while (this.#queued.length > 0) this.#deliverToAll(this.#queued.shift()!);
    } finally {
      // also if a task on this thread has left no stack to deliver the event
      this.#isDelivering = false;
    }
  }

  #deliverToAll(event: RunEvent): void {
    for (let i = 0; i < this.#reporters.length; i++) {
      const reporter = this.#reporters[i]!;
      try {
        const returned: unknown = reporter.report(event, this.view);
        if (returned !== undefined) this.#watch(reporter, returned);
      } catch (error) {
        i--;
        this.#detach(reporter, error);
      }
    }
  }

  /** Disposes of all reporters, including detached ones: they flush their buffers. */
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
    // Most close synchronously: then no timer is needed, and the first one takes 3 ms.
    if (await Promise.race([closed, PENDING]) !== PENDING) return;
    if (await settlesWithin(Promise.resolve(closed), this.#closeMs)) return;
    throw new Error(`not closed within ${this.#closeMs / 1000} s of the end of the run`);
  }

  /** Observes the promise of an async reporter: an unhandled rejection would end the process. */
  #watch(reporter: Reporter, returned: unknown): void {
    if (!isThenable(returned)) return;
    const settled = Promise.resolve(returned)
      .then(() => {}, (error) => this.#detach(reporter, error))
      .finally(() => this.#pending.delete(settled));
    this.#pending.add(settled);
  }

  #detach(reporter: Reporter, error: unknown): void {
    const index = this.#reporters.indexOf(reporter);
    if (index < 0) return; // detached before
    this.#reporters.splice(index, 1);
    this.#detached.push(reporter);
    this.#recordFailure(reporter, error);
  }

  #recordFailure(reporter: Reporter, error: unknown): void {
    if (this.#failures.some((it) => it.reporter === reporter)) return;
    this.#failures.push({ reporter, error });
  }
}
