/**
 * Collects the schedulers that a module makes while it is imported for its tasks. Their `start()` does
 * not run anything here: it waits, or, where the run is past that start, returns its summary so that
 * the module's code goes on.
 */
import type { SchedulerStart } from "../src/pool/pool.ts";
import type { CollectedScheduler, Collector } from "../src/task/realm.ts";
import type { FoundTask } from "../src/task/task.ts";

interface Parked {
  readonly key: string;
  readonly start: number;
  readonly resume: (summary: unknown) => void;
}

/** See the head of this file. */
export class SchedulerCollector implements Collector {
  readonly #schedulers = new Map<string, CollectedScheduler>();
  readonly #stateOf: () => object | undefined;
  #parked: Parked[] = [];
  #wanted: SchedulerStart | undefined;
  #onPark: (() => void) | undefined;

  /** @param stateOf The shared state, once there is one. */
  constructor(stateOf: () => object | undefined) {
    this.#stateOf = stateOf;
  }

  get state(): object | undefined {
    return this.#stateOf();
  }

  collect(scheduler: CollectedScheduler): void {
    this.#schedulers.set(scheduler.key, scheduler);
  }

  park(scheduler: CollectedScheduler, start: number): Promise<unknown> {
    const { key } = scheduler;
    return new Promise((resume) => {
      this.#parked.push({ key, start, resume });
      this.#advance();
    });
  }

  /**
   * Finds the tasks of a start. Returns when all of them are registered, when the module waits in that
   * start, or when it has been loaded to its end.
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
        if (this.#hasAll(wanted, names) || this.#waitsIn(wanted)) resolve();
      };
    });
    this.#advance();
    await Promise.race([reached, loaded]);
    this.#onPark = undefined;
    return this.#schedulers.get(wanted.key)?.registered ?? new Map();
  }

  /** Lets code go on whose start is over, unless it already has what is wanted. */
  #advance(): void {
    this.#onPark?.();
    if (this.#onPark === undefined) return;
    const past = this.#wanted?.past ?? {};
    const isPast = ({ key, start }: Parked) => start < (past[key]?.length ?? 0);
    const over = this.#parked.filter(isPast);
    this.#parked = this.#parked.filter((parked) => !isPast(parked));
    for (const { key, start, resume } of over) resume(past[key]![start]);
  }

  #hasAll({ key }: SchedulerStart, names: readonly string[]): boolean {
    const registered = this.#schedulers.get(key)?.registered;
    return registered !== undefined && names.every((name) => registered.has(name)) &&
      this.#parked.some((parked) => parked.key === key);
  }

  #waitsIn({ key, start }: SchedulerStart): boolean {
    return this.#parked.some((parked) => parked.key === key && parked.start === start);
  }
}
