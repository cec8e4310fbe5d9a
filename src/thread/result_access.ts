/**
 * The access of a thread's tasks to results: creates `task.results`, and checks reads of
 * `state.results`.
 */
import type { ErrorRecord } from "../base/error_record.ts";
import type { FoundTask } from "../task/task.ts";
import type { Attempt } from "./attempt.ts";
import type { TaskLoopOptions } from "./task_loop_options.ts";
import { createTaskResults } from "./create_task_results.ts";
import { createTaskUse } from "./create_task_use.ts";
import { UnselectedReads } from "./unselected_reads.ts";

/** The access of the tasks of one thread to the results of its run. */
export class ResultAccess {
  readonly #options: Pick<TaskLoopOptions, "state" | "rules" | "reads" | "code">;
  readonly #attempt: Attempt;
  readonly #isOfAttempt: () => boolean;
  /** Reads of results of unselected tasks; undefined if every dependency is selected. */
  readonly #unselectedReads: UnselectedReads | undefined;

  /**
   * @param attempt The current attempt of the thread.
   * @param isOfAttempt Whether the current code belongs to that attempt.
   */
  constructor(
    options: Pick<TaskLoopOptions, "state" | "rules" | "reads" | "code">,
    attempt: Attempt,
    isOfAttempt: () => boolean,
  ) {
    this.#options = options;
    this.#attempt = attempt;
    this.#isOfAttempt = isOfAttempt;
    const { unselected } = options.rules;
    this.#unselectedReads = unselected && new UnselectedReads(unselected);
  }

  /** Starts to check reads, if the run needs that. */
  watch(): void {
    const isNeeded = this.#options.reads !== undefined || this.#unselectedReads !== undefined;
    if (!isNeeded) return;
    this.#options.state.watchResults((name, isRead) => this.#checkRead(name, isRead));
  }

  /** Stops checking reads. */
  unwatch(): void {
    this.#options.state.watchResults(undefined);
  }

  /** Creates `task.results` of a task. */
  resultsFor({ spec, results }: FoundTask): object {
    const { state, rules } = this.#options;
    const { when = "passed" } = spec.policy ?? {};
    return createTaskResults(results?.(), {
      task: spec.name,
      mayBeMissing: rules.resultsMayBeMissing === true || when !== "passed",
      resultOf: (name) => state.resultOf(name),
      missingReason: (name) => this.#missingReason(name),
    });
  }

  /** Creates `task.use` of a task. */
  useFor({ spec, uses = [] }: FoundTask): object {
    const { state } = this.#options;
    return createTaskUse(uses, { task: spec.name, valueOf: (name) => state.resultOf(name) });
  }

  /** Adds a hint to a failure if the attempt has read the result of an unselected dependency. */
  withHint(record: ErrorRecord): ErrorRecord {
    const { task, context } = this.#attempt;
    if (this.#unselectedReads === undefined || task === null || context === undefined) {
      return record;
    }
    const found = this.#options.code.get(task);
    const after = found instanceof Error ? [] : found.spec.after;
    const hint = this.#unselectedReads.hint(context, after);
    return hint === undefined ? record : { ...record, props: { hint, ...record.props } };
  }

  #missingReason(name: string): string {
    const { storeResults, unselected } = this.#options.rules;
    if (!storeResults) return "results are not stored (storeResults: false)";
    return unselected?.some((it) => it.name === name)
      ? "the task was not selected; --with-deps selects it"
      : "the task did not pass, or skipped itself; test for the result with `in`";
  }

  #checkRead(name: string, isRead: boolean): void {
    const { task, context } = this.#attempt;
    if (task === null || !this.#isOfAttempt()) return;
    if (context !== undefined) this.#unselectedReads?.add(context, name);
    const error = this.#readError(name, isRead);
    if (error === undefined) return;
    this.#attempt.failWith(error);
    throw error;
  }

  /** The error of a read that a strict run forbids, or undefined. */
  #readError(name: string, isRead: boolean): Error | undefined {
    const { reads, state } = this.#options;
    const { name: reader } = this.#attempt;
    const undeclared = reads?.check(reader, name);
    if (reads === undefined || undeclared !== undefined || !isRead) return undeclared;
    const unknown = reads.checkUnknown(reader, name);
    return unknown === undefined || state.hasResult(name) ? undefined : unknown;
  }
}
