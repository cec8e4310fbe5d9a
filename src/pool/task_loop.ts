/**
 * What a thread does in a run: takes a task, calls it, settles it and takes the next, until the plan
 * has nothing more for it. The same loop runs in every worker and, in an inline run, on the main
 * thread.
 *
 * One task at a time is under way in a thread. Between two tasks the event loop gets a turn every few
 * milliseconds, so that promises a task left to reject are seen while it is still known who ran.
 */
import { type ErrorRecord, recordError } from "../base/error_record.ts";
import { isThenable } from "../base/thenable.ts";
import type { CancelReason, OutputChannel } from "../events/run_event.ts";
import { LaneFencedError, type RanOutcome, TaskState } from "../plan/plan.ts";
import type { SharedState } from "../state/shared_state.ts";
import type { LogLevel } from "../task/context.ts";
import { loggerTo } from "../task/logger.ts";
import type { FoundTask, TaskId } from "../task/task.ts";
import { Attempt } from "./attempt.ts";
import type { DeclaredReads } from "./declared_reads.ts";
import { ExitError } from "./exit_guard.ts";
import type { LoopPlan } from "./loop_plan.ts";
import type { LaneMessage } from "./pool.ts";
import { Suspects } from "./suspects.ts";
import { type ContextHost, LaneTaskContext } from "./task_context.ts";

/** What a loop works with. */
export interface TaskLoopParts {
  readonly plan: LoopPlan;
  readonly lane: number;
  readonly state: SharedState;
  /** The code of a task, or an error to fail it with. */
  readonly code: (task: TaskId) => FoundTask | Error;
  readonly storeResults: boolean;
  /** What tasks may read of results, where that is looked at. */
  readonly reads?: DeclaredReads | undefined;
  /** How long an attempt of a task may take that does not say so itself. */
  readonly timeoutMs: number | undefined;
  /** When the run started, in milliseconds since the Unix epoch. */
  readonly epochMs: number;
  /** What the count of messages starts from. */
  readonly postedBase: number;
  /** Sends a message to the main thread. */
  readonly say: (message: LaneMessage) => void;
  /** Passes on what the task printed without a line break. */
  readonly flush?: () => void;
  /** Lets the event loop turn once. */
  readonly turn: () => Promise<void>;
  /** Whether this thread is ours alone, and may block for a moment when it has nothing to do. */
  readonly isOwnThread: boolean;
}

/** After this long without a turn of the event loop, it gets one. */
const TURN_EVERY_MS = 4;

/** See the head of this file. */
export class TaskLoop {
  readonly #parts: TaskLoopParts;
  readonly #plan: LoopPlan;
  readonly #clockOffsetMs: number;
  readonly #host: ContextHost;
  readonly #suspects = new Suspects();
  readonly #attempt = new Attempt(() => this.#nowMs());
  #posted: number;
  #lastTurnMs = 0;

  constructor(parts: TaskLoopParts) {
    this.#parts = parts;
    this.#plan = parts.plan;
    this.#posted = parts.postedBase;
    this.#clockOffsetMs = performance.timeOrigin - parts.epochMs;
    this.#host = {
      lane: parts.lane,
      log: loggerTo(() => (level, text) => this.output("log", level, text)),
      signal: () => this.#attempt.signal.get(this.#plan.aborted),
    };
  }

  /** Resolves when the plan has nothing more for this thread. */
  async run(): Promise<void> {
    const { reads, state } = this.#parts;
    try {
      if (reads) state.watchResults((name) => this.#checkRead(reads, name));
      await this.#run();
    } catch (error) {
      // The main thread has declared this thread lost and made another: there is nothing to add.
      if (!(error instanceof LaneFencedError)) throw error;
    } finally {
      this.#attempt.end();
      if (reads) state.watchResults(undefined);
    }
  }

  async #run(): Promise<void> {
    const plan = this.#plan;
    const { lane, isOwnThread } = this.#parts;
    const hasWork = () => plan.readyCount > 0 || plan.remaining === 0;
    let now = this.#nowMs();
    this.#lastTurnMs = now;
    let task = plan.take(lane, now);
    for (;;) {
      if (task < 0) {
        if (plan.remaining === 0) return;
        await this.#turn();
        await plan.bells.sleep(hasWork, isOwnThread);
        task = plan.take(lane, this.#nowMs());
        continue;
      }
      const outcome = this.#call(task as TaskId);
      const settled = typeof outcome === "number" ? outcome : await outcome;
      now = this.#nowMs();
      task = plan.settleAndTake(lane, task as TaskId, settled, now, this.#posted);
      if (now - this.#lastTurnMs > TURN_EVERY_MS) await this.#turn();
    }
  }

  /** Output, of one line or more; from a task if one is being called. */
  output(channel: OutputChannel, level: LogLevel, text: string): void {
    const { task } = this.#attempt;
    for (const line of text.split("\n")) {
      this.#say({ type: "output", task, channel, level, text: line, after: this.#after });
    }
  }

  /** An error that nobody caught came up in this thread. */
  stray(thrown: unknown): void {
    if (thrown instanceof ExitError) return; // that was told when it was called
    this.#sayStray(thrown);
  }

  /**
   * Something called an exit function. While a task is called that is forbidden, and the task fails. In a
   * thread of our own nothing that a task left behind ends it either: its end would look like nobody's.
   */
  exit(error: ExitError): boolean {
    const { isOwnThread } = this.#parts;
    if (this.#attempt.task === null && isOwnThread) this.#sayStray(error);
    if (this.#attempt.task === null) return isOwnThread;
    this.#attempt.spoil(error);
    // Code that calls an exit function does not expect to go on: what it was to settle may never be.
    this.#attempt.giveUp?.(error);
    return true;
  }

  /** The run was cancelled: tells the task being called. */
  abort(reason: CancelReason): void {
    this.#attempt.signal.cancel(reason);
  }

  /** The run was cancelled, and the task at hand is not waited for any more. */
  leave(): void {
    this.#attempt.giveUp?.(this.#attempt.signal.get(true).reason);
  }

  /**
   * An attempt has taken too long: it is told, and has failed however it ends.
   *
   * @param mayWait False where the thread cannot be ended by force: then it is not waited for.
   */
  expire(task: TaskId, attempt: number, mayWait: boolean): void {
    // Taken, but not called yet: the event loop had its turn in between.
    if (this.#attempt.task === null) this.#attempt.lateBefore = { task, attempt };
    if (this.#attempt.task !== task || this.#plan.attemptOf(task) !== attempt) return;
    const error = this.#attempt.expire();
    if (!mayWait) this.#attempt.giveUp?.(error);
  }

  #call(task: TaskId): RanOutcome | Promise<RanOutcome> {
    this.#suspects.add(task);
    const found = this.#parts.code(task);
    const spec = found instanceof Error ? undefined : found.spec;
    this.#attempt.begin(task, spec, this.#parts.timeoutMs);
    if (found instanceof Error) return this.#fail(task, found);
    const late = this.#attempt.lateBefore;
    if (late?.task === task && late.attempt === this.#plan.attemptOf(task)) {
      return this.#fail(task, this.#attempt.expire());
    }
    const context = new LaneTaskContext(this.#host, found.spec.name, this.#plan.attemptOf(task));
    try {
      const { call } = found; // called alone, so that stacks show the user's function as it is
      const result = found.spec.withState ? call(this.#parts.state.root, context) : call(context);
      return isThenable(result) ? this.#settleLater(task, result) : this.#pass(task, result);
    } catch (error) {
      return this.#fail(task, error);
    }
  }

  async #settleLater(task: TaskId, result: PromiseLike<unknown>): Promise<RanOutcome> {
    try {
      const settled = await new Promise((resolve, reject) => {
        this.#attempt.giveUp = reject;
        result.then(resolve, reject);
      });
      return this.#pass(task, settled);
    } catch (error) {
      return this.#fail(task, error);
    }
  }

  #pass(task: TaskId, result: unknown): RanOutcome {
    if (this.#attempt.isSpoilt) return this.#fail(task);
    const { state, storeResults } = this.#parts;
    if (storeResults) state.setResultOf(task, this.#attempt.name, result);
    this.#close();
    return TaskState.PASSED;
  }

  #fail(task: TaskId, thrown?: unknown): RanOutcome {
    const error = this.#attempt.failure(thrown);
    if (this.#attempt.signal.wasCancelled(error)) {
      this.#close();
      return TaskState.CANCELLED;
    }
    const record: ErrorRecord = recordError(error);
    this.#close();
    this.#say({ type: "failed", task, error: record, after: this.#after });
    return TaskState.FAILED;
  }

  /** What every end of a task has in common. */
  #close(): void {
    this.#parts.flush?.();
    if (this.#parts.state.releaseLeft()) {
      const { name } = this.#attempt;
      this.output("log", "warn", `${name} ended while it held the state lock: it was released`);
    }
    this.#attempt.end();
  }

  #checkRead(reads: DeclaredReads, name: string): void {
    if (this.#attempt.task === null) return;
    const error = reads.check(this.#attempt.name, name);
    if (error === undefined) return;
    this.#attempt.spoil(error);
    throw error;
  }

  /** Lets timers, messages and rejections be seen, with the tasks at hand that may have caused them. */
  async #turn(): Promise<void> {
    await this.#parts.turn();
    this.#lastTurnMs = this.#nowMs();
    this.#suspects.turned();
  }

  #sayStray(thrown: unknown): void {
    const error = recordError(thrown);
    this.#say({ type: "stray", suspects: this.#suspects.list(), error, after: this.#after });
  }

  #say(message: LaneMessage): void {
    this.#posted++;
    this.#parts.say(message);
  }

  get #after(): number {
    return this.#plan.log.appended;
  }

  #nowMs(): number {
    return performance.now() + this.#clockOffsetMs;
  }
}
