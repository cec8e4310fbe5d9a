/**
 * Where facts become events: each is stamped once, and handed to every reporter in turn. A reporter
 * that throws is detached and named once; it harms neither the run nor the others.
 */
import type { Reporter, RunEvent, RunFact } from "./run_event.ts";

/** A reporter that threw, and what. */
export interface ReporterFailure {
  readonly reporter: Reporter;
  readonly error: unknown;
}

/** See the head of this file. */
export class EventStream {
  readonly #reporters: Reporter[];
  readonly #failures: ReporterFailure[] = [];
  #seq = 0;
  #elapsedMs = 0;

  /** @param reporters Who gets the events, in this order. */
  constructor(reporters: readonly Reporter[]) {
    this.#reporters = [...reporters];
  }

  /** The reporters that threw so far. */
  get failures(): readonly ReporterFailure[] {
    return this.#failures;
  }

  /** Emits a fact that happened at this time, in milliseconds since the run's start. */
  emit(fact: RunFact, elapsedMs: number): void {
    this.tell({ ...fact, seq: this.next(elapsedMs), elapsedMs: this.elapsedMs });
  }

  /**
   * The `seq` of the next event; its time is {@linkcode elapsedMs} then. For events that come by the ten
   * thousand, which are made in one piece and handed to {@linkcode tell}.
   *
   * @param elapsedMs When it happened. The clocks of threads differ a little: a time before the last
   * event's is taken as the last event's.
   */
  next(elapsedMs: number): number {
    if (elapsedMs > this.#elapsedMs) this.#elapsedMs = elapsedMs;
    return this.#seq++;
  }

  /** When the last event happened. */
  get elapsedMs(): number {
    return this.#elapsedMs;
  }

  /** Hands an event, stamped, to every reporter. */
  tell(event: RunEvent): void {
    for (let i = 0; i < this.#reporters.length; i++) {
      try {
        this.#reporters[i]!.report(event);
      } catch (error) {
        this.#detach(i--, error);
      }
    }
  }

  /** Disposes of the reporters: they flush what they hold back. */
  async close(): Promise<void> {
    for (const reporter of this.#reporters) {
      try {
        await reporter[Symbol.asyncDispose]?.();
      } catch (error) {
        this.#failures.push({ reporter, error });
      }
    }
  }

  #detach(index: number, error: unknown): void {
    const [reporter] = this.#reporters.splice(index, 1);
    this.#failures.push({ reporter: reporter!, error });
  }
}
