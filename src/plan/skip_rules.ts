/**
 * The rules by which the end of a dependency skips its dependents. Everything here happens under
 * the plan's lock.
 */
import { type PlanLayout, Word } from "./plan_layout.ts";
import { WhenWord } from "./policy_words.ts";
import type { ResourceRules } from "./resource_rules.ts";
import { TaskState } from "./task_status.ts";
import { NO_TASK } from "./transition_log.ts";

/** The rules of a plan by which tasks are skipped. */
export class SkipRules {
  readonly #words: Int32Array;
  readonly #at: PlanLayout;
  readonly #hasPolicies: boolean;
  /** The rules of resources; undefined where there are none. */
  readonly #resources: ResourceRules | undefined;

  constructor(
    words: Int32Array,
    at: PlanLayout,
    hasPolicies: boolean,
    resources: ResourceRules | undefined,
  ) {
    this.#words = words;
    this.#at = at;
    this.#hasPolicies = hasPolicies;
    this.#resources = resources;
  }

  /** The condition to run of a task, a {@linkcode WhenWord}. */
  when(task: number): number {
    return this.#hasPolicies ? this.#words[this.#at.policies.when + task]! : WhenWord.passed!;
  }

  /**
   * Counts the end of a dependency.
   *
   * A failure skips its dependents at once. A dependent of a task that was skipped for another
   * reason waits for its other dependencies: if one of these fails, that failure is the cause,
   * whichever ended first.
   *
   * @returns The dependency for which the task is skipped now, or NO_TASK.
   */
  skippedFor(task: number, ended: number): number {
    const words = this.#words;
    let left = --words[this.#at.waiting + task]!;
    const resources = this.#resources;
    const others = resources?.countEnd(task, ended);
    if (words[this.#at.state + task] !== TaskState.WAITING) return NO_TASK;
    if (resources) {
      const setUp = resources.setUpOf(task);
      if (setUp !== NO_TASK) return left === 0 && !resources.wasMade(setUp) ? setUp : NO_TASK;
      // Without its resource a task cannot run, not even always.
      if (resources.isSetUp(ended)) return this.hasPassed(ended) ? NO_TASK : ended;
      left = others!;
    }
    const when = this.when(task);
    if (when === WhenWord.always) return NO_TASK;
    const blocker = this.#at.blocker + task;
    if (when === WhenWord.failed) {
      if (this.#isAfterFailure(ended)) words[blocker] = ended + 1;
      return left === 0 && words[blocker] === 0 ? ended : NO_TASK;
    }
    if (words[Word.SKIP_DEPENDENTS] === 0) return NO_TASK;
    const state = words[this.#at.state + ended];
    if (state !== TaskState.PASSED && state !== TaskState.SKIPPED_ALONE) {
      if (this.#isAfterFailure(ended)) return ended;
      const before = words[blocker]!;
      // The lowest id, so that the order of the ends does not matter.
      if (before === 0 || ended + 1 < before) words[blocker] = ended + 1;
    }
    return left === 0 ? words[blocker]! - 1 : NO_TASK;
  }

  /** Whether an ended task failed, or was skipped because of a failure. */
  #isAfterFailure(ended: number): boolean {
    const cause = this.causeOf(ended);
    if (cause === NO_TASK) return false;
    return this.#words[this.#at.state + cause] === TaskState.FAILED ||
      (this.#resources?.isLost(cause) ?? false);
  }

  /** Whether a task has passed. */
  hasPassed(task: number): boolean {
    return this.#words[this.#at.state + task] === TaskState.PASSED;
  }

  /** The task that failed or skipped itself, because of which an ended task did not pass. */
  causeOf(ended: number): number {
    const state = this.#words[this.#at.state + ended];
    if (state === TaskState.FAILED) return ended;
    return state === TaskState.SKIPPED ? this.#words[this.#at.blocker + ended]! - 1 : NO_TASK;
  }
}
