/**
 * Collects the schedulers that a module creates while it is imported for its tasks. Their `start()`
 * runs nothing here: it waits, or, if the run is past that start, returns the recorded summary so
 * that the module's code continues.
 */
import { callLater } from "../runtime/timers.ts";
import type { SchedulerStart } from "../lane/run_spec.ts";
import type { CollectedScheduler, Collector } from "../task/realm.ts";
import type { FoundTask } from "../task/task.ts";

interface Parked {
  readonly key: string;
  readonly start: number;
  readonly resume: (summary: unknown) => void;
  isRecalled: boolean;
}

/**
 * Time limit for the code of a module, in ms, to wait in a start that is neither the wanted one nor
 * completed. Afterwards, the tasks registered so far are used.
 */
const START_TIMEOUT_MS = 10_000;

/** Collects schedulers, and parks their starts. */
export class SchedulerCollector implements Collector {
  readonly modules = new Set<string>();
  readonly #schedulers = new Map<string, CollectedScheduler>();
  readonly #stateOf: () => object | undefined;
  #parked: Parked[] = [];
  #wanted: SchedulerStart | undefined;
  #onPark: (() => void) | undefined;
  /** Whether an uncaught error occurred, which may have ended the main program. */
  #hasFailed = false;

  readonly #requestSummary: (key: string, start: number) => void;

  /**
   * @param stateOf Returns the shared state, if it exists.
   * @param requestSummary Requests the result of a start from the main thread; {@linkcode resume}
   * receives it.
   */
  constructor(
    stateOf: () => object | undefined,
    requestSummary: (key: string, start: number) => void,
  ) {
    this.#stateOf = stateOf;
    this.#requestSummary = requestSummary;
  }

  stateOf({ key }: CollectedScheduler): object | undefined {
    return key === this.#wanted?.key ? this.#stateOf() : undefined;
  }

  collect(scheduler: CollectedScheduler): void {
    this.#schedulers.set(scheduler.key, scheduler);
  }

  park(scheduler: CollectedScheduler, start: number): Promise<unknown> {
    const { key } = scheduler;
    return new Promise((resume) => {
      this.#parked.push({ key, start, resume, isRecalled: false });
      this.#advance();
    });
  }

  /** Reports an uncaught error of the module's code. */
  failed(): void {
    this.#hasFailed = true;
    this.#onPark?.();
  }

  /** Receives the result of a completed start: the code that waits in it continues. */
  resume(key: string, start: number, summary: unknown): void {
    const matches = (parked: Parked) => parked.key === key && parked.start === start;
    const finished = this.#parked.filter(matches);
    this.#parked = this.#parked.filter((parked) => !matches(parked));
    for (const parked of finished) parked.resume(summary);
  }

  /**
   * Finds the tasks of a start. Resolves when the module waits in that start, cannot continue, or
   * is loaded.
   *
   * @param loaded Settles when the modules are loaded.
   */
  async find(
    wanted: SchedulerStart,
    names: readonly string[],
    loaded: Promise<unknown>,
  ): Promise<ReadonlyMap<string, FoundTask>> {
    this.#wanted = wanted;
    const reached = new Promise<void>((resolve) => {
      this.#onPark = () => {
        if (this.#isParkedIn(wanted) || this.#isStuck(wanted, names)) resolve();
      };
    });
    // The time limit of a start that will never be completed.
    const stuck = Promise.withResolvers<void>();
    const check = () => {
      if (this.#parked.length > 0) stuck.resolve();
      else cancelCheck = callLater(check, START_TIMEOUT_MS);
    };
    let cancelCheck = callLater(check, START_TIMEOUT_MS);
    this.#advance();
    await Promise.race([reached, loaded, stuck.promise]);
    cancelCheck();
    this.#onPark = undefined;
    return this.#schedulers.get(wanted.key)?.registered ?? new Map();
  }

  /** Resumes code whose start is completed, unless all wanted tasks are found. */
  #advance(): void {
    this.#onPark?.();
    if (this.#onPark === undefined) return;
    for (const parked of this.#parked) {
      if (parked.isRecalled || parked.start >= (this.#wanted?.completedStarts[parked.key] ?? 0)) {
        continue;
      }
      parked.isRecalled = true;
      this.#requestSummary(parked.key, parked.start);
    }
  }

  /** Whether the wanted tasks are registered, and the module may never reach the wanted start. */
  #isStuck({ key, completedStarts }: SchedulerStart, names: readonly string[]): boolean {
    const remembered = completedStarts[key] ?? 0;
    const waits = this.#parked.some((it) => it.key === key && it.start >= remembered);
    if (!waits && !this.#hasFailed) return false;
    const registered = this.#schedulers.get(key)?.registered;
    return registered !== undefined && names.every((name) => registered.has(name));
  }

  #isParkedIn({ key, start }: SchedulerStart): boolean {
    return this.#parked.some((parked) => parked.key === key && parked.start === start);
  }
}
