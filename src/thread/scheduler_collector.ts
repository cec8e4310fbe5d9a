/**
 * Collects the schedulers that a module makes while it is imported for its tasks. Their `start()` does
 * not run anything here: it waits, or, where the run is past that start, returns its summary so that
 * the module's code goes on.
 */
import { callLater } from "../runtime/timers.ts";
import type { SchedulerStart } from "../lane/run_spec.ts";
import type { CollectedScheduler, Collector } from "../task/realm.ts";
import type { FoundTask } from "../task/task.ts";

interface Parked {
  readonly key: string;
  readonly start: number;
  readonly resume: (summary: unknown) => void;
  isAsked: boolean;
}

/**
 * How long code may wait in a start that is not the wanted one and is not over, or a main program may
 * take to reach the wanted one: past it, the tasks registered so far are all there are.
 */
export const START_TIMEOUT_MS = 10_000;

/** Resolves after a time. */
export function delay(ms: number): Promise<void> {
  return new Promise((resolve) => callLater(resolve, ms));
}

/** See the head of this file. */
export class SchedulerCollector implements Collector {
  readonly #schedulers = new Map<string, CollectedScheduler>();
  readonly #stateOf: () => object | undefined;
  #parked: Parked[] = [];
  #wanted: SchedulerStart | undefined;
  #onPark: (() => void) | undefined;
  /** Whether an error came up that nobody caught: the main program may have come to its end by it. */
  #hasFailed = false;

  readonly #recall: (key: string, start: number) => void;

  /**
   * @param stateOf The shared state, once there is one.
   * @param recall Asks the main thread what a start came to; {@linkcode resume} gets the answer.
   */
  constructor(stateOf: () => object | undefined, recall: (key: string, start: number) => void) {
    this.#stateOf = stateOf;
    this.#recall = recall;
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
      this.#parked.push({ key, start, resume, isAsked: false });
      this.#advance();
    });
  }

  /** Code that this thread runs again has thrown, or left behind, what nobody caught. */
  failed(): void {
    this.#hasFailed = true;
    this.#onPark?.();
  }

  /** A start that is over came to this: the code that waits in it goes on. */
  resume(key: string, start: number, summary: unknown): void {
    const isIt = (parked: Parked) => parked.key === key && parked.start === start;
    const over = this.#parked.filter(isIt);
    this.#parked = this.#parked.filter((parked) => !isIt(parked));
    for (const parked of over) parked.resume(summary);
  }

  /**
   * Finds the tasks of a start. Returns when the module waits in that start, when it gets no further, or
   * when it has been loaded to its end.
   *
   * @param loaded Settles when the modules have been loaded to their end.
   */
  async find(
    wanted: SchedulerStart,
    names: readonly string[],
    loaded: Promise<unknown>,
  ): Promise<ReadonlyMap<string, FoundTask>> {
    this.#wanted = wanted;
    const reached = new Promise<void>((resolve) => {
      this.#onPark = () => {
        if (this.#waitsIn(wanted) || this.#gotNoFurther(wanted, names)) resolve();
      };
    });
    // Code may have waited for long in a start that nobody will say the end of.
    const stuck = Promise.withResolvers<void>();
    const look = () => {
      if (this.#parked.length > 0) stuck.resolve();
      else forget = callLater(look, START_TIMEOUT_MS);
    };
    let forget = callLater(look, START_TIMEOUT_MS);
    this.#advance();
    await Promise.race([reached, loaded, stuck.promise]);
    forget();
    this.#onPark = undefined;
    return this.#schedulers.get(wanted.key)?.registered ?? new Map();
  }

  /** Lets code go on whose start is over, unless it already has what is wanted. */
  #advance(): void {
    this.#onPark?.();
    if (this.#onPark === undefined) return;
    for (const parked of this.#parked) {
      if (parked.isAsked || parked.start >= (this.#wanted?.completedStarts[parked.key] ?? 0)) {
        continue;
      }
      parked.isAsked = true;
      this.#recall(parked.key, parked.start);
    }
  }

  /** It will not come to the wanted start, or may not, and has registered what is wanted. */
  #gotNoFurther({ key, completedStarts: past }: SchedulerStart, names: readonly string[]): boolean {
    const remembered = past[key] ?? 0;
    const waits = this.#parked.some((it) => it.key === key && it.start >= remembered);
    if (!waits && !this.#hasFailed) return false;
    const registered = this.#schedulers.get(key)?.registered;
    return registered !== undefined && names.every((name) => registered.has(name));
  }

  #waitsIn({ key, start }: SchedulerStart): boolean {
    return this.#parked.some((parked) => parked.key === key && parked.start === start);
  }
}
