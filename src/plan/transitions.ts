/**
 * The transitions of a plan: what each does to the tasks' states, the ready set and the log. They are made
 * under the plan's lock, and know nothing of it, nor of threads.
 */
import { assert } from "../base/assert.ts";
import { store } from "../sync/words.ts";
import type { TaskId } from "../task/task.ts";
import type { Lanes } from "./lanes.ts";
import { type PlanLayout, Word } from "./layout.ts";
import { NO_LANE, type PlanLog, RecordKind } from "./log.ts";
import { ReadySet } from "./ready_set.ts";
import { type RanOutcome, TaskState } from "./types.ts";

/** See the head of this file. */
export class Transitions {
  /** How many tasks are ready: read at the start of a section, published at its end. */
  readyCount = 0;
  /** How many tasks have no outcome: the same. */
  remaining = 0;
  readonly #words: Int32Array;
  readonly #at: PlanLayout;
  readonly #lanes: Lanes;
  readonly #log: PlanLog;
  readonly #ready: ReadySet;
  readonly #tasks: number;

  /** @param tasks How many tasks the plan has. */
  constructor(words: Int32Array, at: PlanLayout, lanes: Lanes, log: PlanLog, tasks: number) {
    this.#words = words;
    this.#at = at;
    this.#lanes = lanes;
    this.#log = log;
    this.#tasks = tasks;
    this.#ready = new ReadySet(words, at.readySet, tasks);
  }

  /** waiting -> ready */
  makeReady(task: number, nowMs: number): void {
    this.#words[this.#at.state + task] = TaskState.READY;
    this.#ready.add(this.#words[this.#at.rankOf + task]!);
    this.readyCount++;
    this.#log.append(RecordKind.QUEUED, NO_LANE, task, 0, 0, nowMs);
  }

  /** ready -> running, of the task of the lowest rank; -1 when none is ready. */
  take(lane: number, nowMs: number): TaskId | -1 {
    const rank = this.#ready.takeLowest();
    if (rank < 0) return -1;
    const task = this.#words[this.#at.taskAt + rank]!;
    assert(this.#words[this.#at.state + task] === TaskState.READY, "A taken task was not ready");
    this.readyCount--;
    this.#words[this.#at.state + task] = TaskState.RUNNING;
    this.#lanes.begin(lane, task);
    this.#log.append(RecordKind.STARTED, lane, task, 0, 0, nowMs);
    return task as TaskId;
  }

  /** running -> passed, failed or cancelled, and what follows from it for the task's dependents. */
  settle(lane: number, task: number, outcome: RanOutcome, nowMs: number, posted: number): void {
    assert(this.#lanes.current(lane) === task, "A task was settled by a lane that does not run it");
    this.#lanes.end(lane);
    this.#end(task, outcome, lane, posted, 0, nowMs);
    if (this.#words[Word.STOPPED] !== 0) return; // its dependents are cancelled already
    if (outcome !== TaskState.PASSED && this.#words[Word.SKIP_DEPENDENTS] !== 0) {
      this.#skipDependents(task, nowMs);
    } else {
      this.#releaseDependents(task, nowMs);
    }
  }

  /** waiting, ready -> cancelled, of all tasks. */
  cancel(nowMs: number): void {
    if (this.#words[Word.STOPPED] !== 0 || this.remaining === 0) return;
    store(this.#words, Word.STOPPED, 1);
    this.#log.append(RecordKind.RUN_CANCELLED, NO_LANE, 0, 0, 0, nowMs);
    for (let task = 0; task < this.#tasks; task++) {
      const state = this.#words[this.#at.state + task]!;
      if (state === TaskState.READY) this.#ready.takeLowest();
      if (state === TaskState.READY || state === TaskState.WAITING) {
        this.#end(task, TaskState.CANCELLED, NO_LANE, 0, 0, nowMs);
      }
    }
    this.readyCount = 0;
  }

  #releaseDependents(task: number, nowMs: number): void {
    const words = this.#words;
    const at = this.#at;
    const end = words[at.dependentsStart + task + 1]!;
    for (let i = words[at.dependentsStart + task]!; i < end; i++) {
      const dependent = words[at.dependents + i]!;
      const left = words[at.waiting + dependent]! - 1;
      words[at.waiting + dependent] = left;
      if (left === 0 && words[at.state + dependent] === TaskState.WAITING) {
        this.makeReady(dependent, nowMs);
      }
    }
  }

  /** Skips all that waits for a failed task, with a worklist: chains may be as long as they like. */
  #skipDependents(failed: number, nowMs: number): void {
    const words = this.#words;
    const at = this.#at;
    const worklist = [failed];
    for (let next = worklist.pop(); next !== undefined; next = worklist.pop()) {
      const end = words[at.dependentsStart + next + 1]!;
      for (let i = words[at.dependentsStart + next]!; i < end; i++) {
        const dependent = words[at.dependents + i]!;
        if (words[at.state + dependent] !== TaskState.WAITING) continue;
        this.#end(dependent, TaskState.SKIPPED, NO_LANE, next, failed, nowMs);
        worklist.push(dependent);
      }
    }
  }

  /** The one place where a task gets its outcome. */
  #end(task: number, outcome: number, lane: number, a: number, b: number, nowMs: number): void {
    const at = this.#at.state + task;
    assert(this.#words[at]! < TaskState.PASSED, "A task was given a second outcome");
    this.#words[at] = outcome;
    this.remaining--;
    this.#log.append(outcome, lane, task, a, b, nowMs);
  }
}
