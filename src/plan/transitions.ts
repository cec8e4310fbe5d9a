/**
 * The transitions of a plan: the effects of each on the tasks' states, the ready set and the log.
 * The caller holds the plan's lock; nothing here depends on it, or on threads.
 *
 * Here and in the callees, arrays are read and written by index alone: a task may have replaced
 * array methods in its thread, and no transition may break half-way.
 */
import { assert } from "../base/assert.ts";
import { store } from "../sync/atomics.ts";
import type { TaskId } from "../task/task.ts";
import { Admission, AdmissionResult } from "./admission.ts";
import type { Lanes } from "./lanes.ts";
import { type PlanLayout, type PlanShape, Word } from "./plan_layout.ts";
import { CancelCause, NO_LANE, NO_TASK, RecordKind, type TransitionLog } from "./transition_log.ts";
import { WhenWord } from "./policy_words.ts";
import { ReadySet } from "./ready_set.ts";
import type { ResourceRules } from "./resource_rules.ts";
import { type RanOutcome, TaskState } from "./task_status.ts";

/** The parts of a plan that its transitions use. */
export interface TransitionsOptions {
  readonly lanes: Lanes;
  readonly log: TransitionLog;
  readonly shape: PlanShape;
  /** The rules of resources; undefined where there are none. */
  readonly resources: ResourceRules | undefined;
}

/** The transitions of a plan, made under its lock. */
export class Transitions {
  /** Number of ready tasks: read at the start of a section, published at its end. */
  readyCount = 0;
  /** Number of tasks without an outcome: read and published likewise. */
  remaining = 0;
  /** Whether a node with a lane of its own has become ready in this section. */
  hasReadyNode = false;
  readonly #words: Int32Array;
  readonly #at: PlanLayout;
  readonly #lanes: Lanes;
  readonly #log: TransitionLog;
  readonly #ready: ReadySet;
  readonly #tasks: number;
  /** Enforces mutexes, tokens and weights; undefined where no task has a policy. */
  readonly #admission: Admission | undefined;
  /** The rules of resources; undefined where there are none. */
  readonly #resources: ResourceRules | undefined;

  constructor(words: Int32Array, at: PlanLayout, options: TransitionsOptions) {
    const { lanes, log, shape, resources } = options;
    this.#words = words;
    this.#at = at;
    this.#lanes = lanes;
    this.#log = log;
    this.#resources = resources;
    this.#tasks = shape.tasks;
    this.#ready = new ReadySet(words, at.readySet, shape.tasks);
    if (shape.hasPolicies) {
      this.#admission = new Admission(words, at, shape, (task) => this.#addReady(task));
    }
  }

  /** Number of ready tasks that could be taken, as far as is known. */
  get available(): number {
    return this.#words[Word.HELD] !== 0 ? 0 : this.readyCount;
  }

  /** waiting, retrying -> ready */
  makeReady(task: number, nowMs: number): void {
    this.#addReady(task);
    this.#log.append(RecordKind.QUEUED, NO_LANE, task, 0, 0, nowMs);
  }

  /**
   * ready -> running, for the task of the lowest rank that may start; returns -1 when there is
   * none.
   */
  take(lane: number, nowMs: number): TaskId | -1 {
    const words = this.#words;
    const resources = this.#resources;
    if (resources?.hasNodes(lane)) return this.#takeNode(resources, lane, nowMs);
    for (;;) {
      const rank = this.#ready.lowest();
      if (rank < 0) return -1;
      const task = words[this.#at.taskAt + rank]!;
      assert(words[this.#at.state + task] === TaskState.READY, "A taken task was not ready");
      const lost = resources?.lostFor(task) ?? NO_TASK;
      if (lost !== NO_TASK) {
        this.#skipForLost(task, lost, nowMs);
        continue;
      }
      if (resources?.mustWait(task)) {
        this.#removeReady(task);
        words[this.#at.state + task] = TaskState.AWAITING;
        continue;
      }
      const admission = this.#admission?.admit(task) ?? AdmissionResult.ADMITTED;
      if (admission === AdmissionResult.HELD) {
        words[Word.HELD] = 1;
        return -1;
      }
      this.#ready.remove(rank);
      this.readyCount--;
      if (admission === AdmissionResult.PARKED) {
        words[this.#at.state + task] = TaskState.PARKED;
        continue;
      }
      return this.#start(lane, task, nowMs);
    }
  }

  /** ready -> running, for the node of a resource that only this lane can take. */
  #takeNode(resources: ResourceRules, lane: number, nowMs: number): TaskId | -1 {
    for (;;) {
      const node = resources.readyOn(lane);
      if (node === NO_TASK) return -1;
      const lost = resources.lostFor(node);
      if (lost !== NO_TASK) this.#skipForLost(node, lost, nowMs);
      else if (resources.mustWait(node)) this.#words[this.#at.state + node] = TaskState.AWAITING;
      else if (this.#admission!.admit(node) === AdmissionResult.ADMITTED) {
        return this.#start(lane, node, nowMs);
      } else this.#words[this.#at.state + node] = TaskState.PARKED;
    }
  }

  #start(lane: number, task: number, nowMs: number): TaskId {
    const words = this.#words;
    words[this.#at.state + task] = TaskState.RUNNING;
    this.#resources?.start(task);
    this.#lanes.begin(lane, task);
    const attempt = this.#admission ? ++words[this.#at.policies.attempts + task]! : 1;
    this.#log.append(RecordKind.STARTED, lane, task, attempt, 0, nowMs);
    return task as TaskId;
  }

  /** ready -> skipped, for a user of a lost resource. */
  #skipForLost(task: number, setUp: number, nowMs: number): void {
    this.#removeReady(task);
    const cause = this.#hasPassed(setUp) ? setUp : this.#causeOf(setUp);
    this.#end(task, TaskState.SKIPPED, NO_LANE, setUp, cause, nowMs);
    this.#words[this.#at.blocker + task] = cause + 1;
    this.#follow(task, nowMs);
  }

  /** running -> passed, failed, skipped, cancelled or retrying, and what follows for dependents. */
  settle(lane: number, task: number, ended: RanOutcome, nowMs: number, sentCount: number): void {
    // A set-up that skipped itself has no value, so its users cannot run.
    const isAlone = ended === TaskState.SKIPPED_ALONE && this.#resources?.isSetUp(task);
    const outcome = isAlone ? TaskState.SKIPPED : ended;
    assert(this.#lanes.current(lane) === task, "A task was settled by a lane that does not run it");
    this.#lanes.end(lane);
    this.#resources?.stop(task);
    if (this.#admission) {
      this.#words[Word.HELD] = 0;
      this.#admission.release(task);
      if (outcome === TaskState.FAILED && this.#retries(task)) {
        const attempt = this.#words[this.#at.policies.attempts + task]!;
        this.#words[this.#at.state + task] = TaskState.RETRYING;
        this.#log.append(RecordKind.RETRIED, lane, task, sentCount, attempt, nowMs);
        if (this.#resources) this.#restartAfter(task, nowMs);
        return;
      }
    }
    this.#end(task, outcome, lane, sentCount, 0, nowMs);
    if (outcome === TaskState.SKIPPED) this.#words[this.#at.blocker + task] = task + 1;
    this.#follow(task, nowMs);
    if (outcome === TaskState.FAILED) this.#countFailure(nowMs);
    if (this.#resources) this.#restartAfter(task, nowMs);
  }

  /** Restarts the lost resources that waited for the end of this attempt. */
  #restartAfter(ended: number, nowMs: number): void {
    this.#resources!.restartUsedBy(ended, (it) => this.#reopen(it, nowMs));
    if (this.#resources!.isSetUp(ended)) this.restart(ended, nowMs);
  }

  /** passed -> ready, for the set-up of a lost resource, if it can be set up again now. */
  restart(setUp: number, nowMs: number): void {
    this.#resources?.restart(setUp, (it) => this.#reopen(it, nowMs));
  }

  #reopen(setUp: number, nowMs: number): void {
    this.remaining++;
    this.makeReady(setUp, nowMs);
  }

  /** awaiting -> ready, for the dependents of a set-up that has ended again. */
  #resumeDependents(setUp: number): void {
    const words = this.#words;
    if (!this.#hasPassed(setUp)) this.#resources!.endRestarts(setUp, true);
    const { dependentsStart: start, dependents } = this.#at;
    for (let i = words[start + setUp]!; i < words[start + setUp + 1]!; i++) {
      const task = words[dependents + i]!;
      if (words[this.#at.state + task] === TaskState.AWAITING) this.#addReady(task);
    }
  }

  /** Ends all restarts: those that have not begun, and with `isFinal` all. */
  #endRestarts(isFinal: boolean): void {
    for (let task = 0; this.#resources && task < this.#tasks; task++) {
      this.#resources.endRestarts(task, isFinal);
      if (this.#words[this.#at.state + task] === TaskState.AWAITING) this.#addReady(task);
    }
  }

  /** retrying -> ready; no effect on a task in another state. */
  requeue(task: number, nowMs: number): void {
    if (this.#words[this.#at.state + task] === TaskState.RETRYING) this.makeReady(task, nowMs);
  }

  /** retrying -> ready, for all tasks, and no task is retried again. */
  endRetries(nowMs: number): void {
    if (!this.#admission) return;
    this.#endRestarts(true);
    for (let task = 0; task < this.#tasks; task++) {
      this.#words[this.#at.policies.retriesLeft + task] = 0;
      this.requeue(task, nowMs);
    }
  }

  /**
   * waiting, ready, retrying -> cancelled, for all tasks except those that run always or after a
   * failure.
   *
   * @param isAborted Whether running tasks are asked to end.
   */
  cancel(cause: number, isAborted: boolean, nowMs: number): void {
    const words = this.#words;
    if (isAborted) store(words, Word.ABORTED, 1);
    if (words[Word.STOPPED] !== 0 || this.remaining === 0) return;
    store(words, Word.STOPPED, 1);
    this.#log.append(RecordKind.RUN_CANCELLED, NO_LANE, 0, cause, 0, nowMs);
    this.#admission?.unparkAll();
    this.#endRestarts(false);
    words[Word.HELD] = 0;
    const cancelled: number[] = [];
    let count = 0;
    for (let task = 0; task < this.#tasks; task++) {
      const state = words[this.#at.state + task]!;
      if (state >= TaskState.RUNNING || this.#when(task) !== WhenWord.passed) continue;
      if (state === TaskState.READY) this.#removeReady(task);
      this.#end(task, TaskState.CANCELLED, NO_LANE, 0, 0, nowMs);
      cancelled[count++] = task;
    }
    for (let i = 0; i < count; i++) this.#follow(cancelled[i]!, nowMs);
  }

  #addReady(task: number): void {
    this.#words[this.#at.state + task] = TaskState.READY;
    if (this.#resources?.hasLane(task)) {
      this.hasReadyNode = true;
      return;
    }
    this.#words[Word.HELD] = 0;
    this.#ready.add(this.#words[this.#at.rankOf + task]!);
    this.readyCount++;
  }

  #removeReady(task: number): void {
    if (this.#resources?.hasLane(task)) return;
    this.#ready.remove(this.#words[this.#at.rankOf + task]!);
    this.readyCount--;
  }

  /** Whether a failed task gets another attempt. If so, decrements its retries. */
  #retries(task: number): boolean {
    const at = this.#at.policies.retriesLeft + task;
    if (this.#words[at]! === 0 || this.#words[Word.STOPPED] !== 0) return false;
    this.#words[at]!--;
    return true;
  }

  #countFailure(nowMs: number): void {
    const limit = this.#words[Word.FAIL_LIMIT]!;
    if (++this.#words[Word.FAILURES]! === limit) this.cancel(CancelCause.FAILURES, false, nowMs);
  }

  #when(task: number): number {
    return this.#admission ? this.#words[this.#at.policies.when + task]! : WhenWord.passed!;
  }

  /**
   * Applies the consequences of a task's end to its dependents. It uses a worklist instead of
   * recursion, since a skipped task has ended too, and chains may be of any length.
   */
  #follow(ended: number, nowMs: number): void {
    const words = this.#words;
    const at = this.#at;
    let worklist: number[] | undefined;
    let height = 0;
    for (let next = ended;; next = worklist![--height]!) {
      // Its dependents have counted the first end of a set-up.
      const isAgain = this.#resources?.hasPassedBefore(next) ?? false;
      if (isAgain) this.#resumeDependents(next);
      const start = words[at.dependentsStart + next]!;
      const end = isAgain ? start : words[at.dependentsStart + next + 1]!;
      for (let i = start; i < end; i++) {
        const dependent = words[at.dependents + i]!;
        const via = this.#skippedFor(dependent, next);
        if (via !== NO_TASK) {
          // A task that runs after failures was not needed: a skip further upstream is no cause.
          const isUnneeded = this.#when(dependent) === WhenWord.failed &&
            !this.#resources?.isSetUp(via);
          const cause = isUnneeded ? NO_TASK : this.#causeOf(via);
          this.#end(dependent, TaskState.SKIPPED, NO_LANE, via, cause, nowMs);
          words[at.blocker + dependent] = cause + 1;
          (worklist ??= [])[height++] = dependent;
        } else if (
          words[at.waiting + dependent] === 0 && words[at.state + dependent] === TaskState.WAITING
        ) this.makeReady(dependent, nowMs);
        else if (this.#resources?.isDemanding(dependent)) this.#demand(dependent, nowMs);
      }
      if (this.#resources) height = this.#endUses(next, worklist ??= [], height, nowMs);
      if (height === 0) return;
    }
  }

  // Methods of their own, since a closure in the hot path would cost each task an allocation.
  #demand(task: number, nowMs: number): void {
    this.#resources!.demand(task, (setUp) => this.makeReady(setUp, nowMs));
  }

  /** waiting, ready, retrying -> skipped, for the set-ups that no user is left for. */
  #endUses(user: number, worklist: number[], height: number, nowMs: number): number {
    this.#resources!.userEnded(user, (setUp) => {
      if (this.#words[this.#at.state + setUp] === TaskState.READY) this.#removeReady(setUp);
      this.#end(setUp, TaskState.SKIPPED, NO_LANE, NO_TASK, NO_TASK, nowMs);
      this.#words[this.#at.blocker + setUp] = 0;
      worklist[height++] = setUp;
    });
    return height;
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
  #skippedFor(task: number, ended: number): number {
    const words = this.#words;
    let left = --words[this.#at.waiting + task]!;
    const resources = this.#resources;
    const others = resources?.countEnd(task, ended);
    if (words[this.#at.state + task] !== TaskState.WAITING) return NO_TASK;
    if (resources) {
      const setUp = resources.setUpOf(task);
      if (setUp !== NO_TASK) return left === 0 && !resources.wasMade(setUp) ? setUp : NO_TASK;
      // Without its resource a task cannot run, not even always.
      if (resources.isSetUp(ended)) return this.#hasPassed(ended) ? NO_TASK : ended;
      left = others!;
    }
    const when = this.#when(task);
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
    const cause = this.#causeOf(ended);
    if (cause === NO_TASK) return false;
    return this.#words[this.#at.state + cause] === TaskState.FAILED ||
      (this.#resources?.isLost(cause) ?? false);
  }

  #hasPassed(task: number): boolean {
    return this.#words[this.#at.state + task] === TaskState.PASSED;
  }

  /** The task that failed or skipped itself, because of which an ended task did not pass. */
  #causeOf(ended: number): number {
    const state = this.#words[this.#at.state + ended];
    if (state === TaskState.FAILED) return ended;
    return state === TaskState.SKIPPED ? this.#words[this.#at.blocker + ended]! - 1 : NO_TASK;
  }

  /** Gives a task its outcome; there is no other place that does. */
  #end(task: number, outcome: number, lane: number, a: number, b: number, nowMs: number): void {
    const at = this.#at.state + task;
    assert(this.#words[at]! < TaskState.PASSED, "A task was given a second outcome");
    this.#words[at] = outcome;
    this.remaining--;
    this.#log.append(outcome, lane, task, a, b, nowMs);
  }
}
