/**
 * Attempts ahead: where tasks are short, the driver enqueues more attempts than the workers have
 * slots. A slot that ends an attempt takes the next one with the same message, and all parties
 * handle several attempts at a time. No worker holds these attempts, but the queue: any slot takes
 * them, and a lost worker does not matter to them.
 *
 * An attempt is running for the plan from the moment it is enqueued. So there are none ahead where
 * that would be wrong: in a run with time limits, mutexes, priorities or tasks that run after a
 * failure, or while attempts take long. If the run is cancelled, an attempt ahead that has not
 * started is cancelled by the worker that claims it.
 */
import { nowMs } from "../../runtime/clock.ts";
import type { RunSpec } from "../../lane/run_spec.ts";
import type { TaskPolicy } from "../../task/policy.ts";

/**
 * Number of attempts ahead for each slot: with three, an attempt costs a third less processor time
 * than without; more gain nothing.
 */
const AHEAD_PER_SLOT = 3;
/**
 * Mean time of an attempt on a slot, with all messages, in milliseconds, up to which attempts are
 * short: five times that of an empty task. Longer ones gain nothing from a message less.
 */
const SHORT_MS = 50;
/** Weight of the last attempt in the mean. */
const WEIGHT = 1 / 16;

/** The number of attempts that are enqueued ahead. */
export class QueueAhead {
  readonly #running = new Map<string, { readonly atMs: number; readonly count: number }>();
  readonly #now: () => number;
  #isAllowed = false;
  #slots = 1;
  #meanMs = 2 * SHORT_MS;

  /** @param now Returns the time in milliseconds. */
  constructor(now: () => number = nowMs) {
    this.#now = now;
  }

  /** Begins a run. */
  open({ names, local, rules }: Pick<RunSpec, "names" | "local" | "rules">): void {
    this.#isAllowed = rules.timeoutMs === undefined && names.every((name) => {
      const spec = local.get(name)?.spec;
      return spec !== undefined && spec.kind === undefined && mayWait(spec.policy);
    });
  }

  /** Records that an attempt was enqueued. */
  started(key: string): void {
    if (!this.#isAllowed) return;
    this.#running.set(key, { atMs: this.#now(), count: this.#running.size + 1 });
  }

  /** Records that an attempt has ended. */
  ended(key: string): void {
    const started = this.#running.get(key);
    if (started === undefined) return;
    this.#running.delete(key);
    // Without the wait for a slot: that is proportional to the number of attempts ahead.
    const share = Math.min(1, this.#slots / started.count);
    this.#meanMs += ((this.#now() - started.atMs) * share - this.#meanMs) * WEIGHT;
  }

  /** Number of attempts that may be enqueued in addition to those for the ready slots. */
  countFor(slots: number): number {
    this.#slots = slots;
    return this.#isAllowed && this.#meanMs <= SHORT_MS ? slots * AHEAD_PER_SLOT : 0;
  }
}

/** Whether a task may wait in the queue while it counts as running. */
function mayWait({ timeoutMs, mutex, tokens, weight, priority, when }: TaskPolicy = {}): boolean {
  return [timeoutMs, mutex, tokens, weight, priority, when].every((it) => it === undefined);
}
