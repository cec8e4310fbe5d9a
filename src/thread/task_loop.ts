/**
 * What a thread does in a run: takes a task, calls it, settles it and takes the next, until the plan
 * has nothing more for it. The same loop runs in every worker and, in an inline run, on the main
 * thread.
 *
 * One task at a time is under way in a thread. Between two tasks the event loop gets a turn every few
 * milliseconds, so that promises a task left to reject are seen while it is still known who ran.
 */
import {
  type AsyncContext,
  type AsyncVariable,
  createAsyncVariable,
} from "../base/async_variable.ts";
import { nowMs, originMs } from "../runtime/clock.ts";
import type { ErrorRecord } from "../base/error_record.ts";
import { isInstance } from "../base/is_instance.ts";
import { isThenable } from "../base/thenable.ts";
import type { CancelReason, OutputChannel } from "../events/run_event.ts";
import { LaneFencedError, type RanOutcome, TaskState } from "../plan/plan.ts";
import type { LogLevel } from "../task/context.ts";
import type { HookName } from "../task/hooks.ts";
import type { TaskId } from "../task/task.ts";
import { Attempt } from "./attempt.ts";
import { ExitError } from "./exit_guard.ts";
import { callHook } from "./hook_call.ts";
import { HookError, recordThrown } from "./hook_error.ts";
import type { WorkerPlan } from "../lane/worker_plan.ts";
import type { TaskLoopOptions } from "./task_loop_options.ts";
import { OutputOwner } from "./output/output_owner.ts";
import type { LineSink } from "./output/output_sink.ts";
import { Suspects } from "./suspects.ts";
import { LaneTaskContext, type TaskContextDeps } from "./task_context.ts";
import { UnselectedReads } from "./unselected_reads.ts";
import { LaneSender } from "./lane_sender.ts";

/** After this long without a turn of the event loop, it gets one. */
const TURN_EVERY_MS = 4;

/** See the head of this file. */
export class TaskLoop implements LineSink {
  readonly #parts: TaskLoopOptions;
  readonly #plan: WorkerPlan;
  readonly #nowMs: () => number;
  readonly #host: TaskContextDeps;
  readonly #suspects = new Suspects();
  readonly #attempt = new Attempt(() => this.#nowMs(), () => this.#plan.aborted);
  readonly #voice: LaneSender;
  /** Reads of results that the run does not have, where there are such. */
  readonly #unselected: UnselectedReads | undefined;
  readonly #owners: AsyncVariable<LineSink>;
  /** The async context that each task is called in, but for its owner. */
  #context: AsyncContext;
  /** The keys of the state that the attempt has written, where they are recorded. */
  readonly #written = new Set<string>();
  /** The task that was taken and is not settled, or -1. */
  #task: TaskId | -1 = -1;
  /** When the event loop has turned, and the clock was looked at, last. */
  #lastTurnMs = 0;
  #sawMs = 0;

  constructor(parts: TaskLoopOptions) {
    this.#parts = parts;
    this.#plan = parts.plan;
    const offsetMs = originMs - parts.rules.epochMs;
    this.#nowMs = () => nowMs() + offsetMs;
    this.#voice = new LaneSender(parts, this.#nowMs);
    const { unselected } = parts.rules;
    this.#unselected = unselected && new UnselectedReads(unselected);
    this.#owners = parts.owners ?? createAsyncVariable();
    this.#host = {
      lane: parts.lane,
      signal: (of) => this.#attempt.signalOf(of),
    };
  }

  /** Resolves when the plan has nothing more for this thread. */
  async run(): Promise<void> {
    const { reads, state, rules } = this.#parts;
    const isWatched = reads !== undefined || this.#unselected !== undefined;
    try {
      if (isWatched) state.watchResults((name, isRead) => this.#checkRead(name, isRead));
      if (rules.recordsWrites) state.watchWrites((key) => this.#noteWrite(key));
      await this.#run();
    } catch (error) {
      // The main thread has declared this thread lost and made another: there is nothing to add.
      if (!(error instanceof LaneFencedError)) throw error;
    } finally {
      this.#attempt.endRun();
      if (isWatched) state.watchResults(undefined);
      state.watchWrites(undefined);
    }
  }

  async #run(): Promise<void> {
    const plan = this.#plan;
    this.#context = this.#owners.context;
    const hasWork = () => plan.readyCount > 0 || plan.remaining === 0;
    this.#lastTurnMs = this.#nowMs();
    this.#take();
    for (;;) {
      const pending = this.#runSome();
      if (pending !== undefined) this.#settle(await pending);
      else if (this.#task < 0) {
        if (plan.remaining === 0) return;
        await this.#turn();
        await plan.wakeups.park(hasWork, this.#parts.isOwnThread);
        this.#take();
      }
      if (this.#isTurnDue) await this.#turn();
    }
  }

  /**
   * Runs tasks for as long as there are any, none has to be waited for and the event loop may wait.
   *
   * @returns What to wait for: the outcome of the task at hand.
   */
  #runSome(): Promise<RanOutcome> | undefined {
    while (this.#task >= 0 && !this.#isTurnDue) {
      const outcome = this.#call(this.#task as TaskId);
      if (typeof outcome !== "number") return outcome;
      this.#settle(outcome);
    }
    return undefined;
  }

  #take(): void {
    this.#sawMs = this.#nowMs();
    this.#task = this.#plan.take(this.#parts.lane, this.#sawMs);
  }

  /** Settles the task at hand, and takes the next. */
  #settle(outcome: RanOutcome): void {
    this.#sawMs = this.#nowMs();
    const task = this.#task as TaskId;
    const { lane } = this.#parts;
    this.#task = this.#plan.settleAndTake(lane, task, outcome, this.#sawMs, this.#voice.posted);
  }

  get #isTurnDue(): boolean {
    return this.#sawMs - this.#lastTurnMs > TURN_EVERY_MS;
  }

  /** Output of code that has no known owner: it belongs to the task or the hook being called, if one is. */
  output(channel: OutputChannel, level: LogLevel, text: string): void {
    const { task } = this.#attempt;
    const hook = task === null ? this.#voice.hook : undefined;
    this.#voice.output({ task, hook }, channel, level, text);
  }

  /** Output of the module's own code, which belongs to no task. */
  outputOfModule(channel: OutputChannel, level: LogLevel, text: string): void {
    this.#voice.output({ task: null }, channel, level, text);
  }

  /** Calls a hook of the module: see {@linkcode callHook}. */
  during(hook: HookName, call: () => unknown): Promise<void> {
    return callHook(hook, call, { ...this.#parts, voice: this.#voice, owners: this.#owners });
  }

  /** An error that nobody caught came up in this thread. */
  stray(thrown: unknown): void {
    const original = isInstance(thrown, HookError) ? thrown.cause : thrown;
    if (isInstance(original, ExitError)) return; // that was told when it was called
    this.#voice.stray(this.#suspects.list(), thrown, this.#voice.hook);
  }

  /**
   * Code called an exit function. While a task is called that is forbidden, and the task fails: it may wait for what
   * that code does not do any more. A callback of another task is a stray error. In a thread of our own no callback
   * ends the thread between two tasks either: its end would look like nobody's. A hook may not end any thread.
   */
  exit(error: ExitError): boolean {
    const owner = this.#owners.get();
    const isOfTask = isInstance(owner, OutputOwner) && owner.task !== null;
    const isCalling = this.#attempt.task !== null;
    if (isCalling && (!isOfTask || owner === this.#attempt.owner)) return this.#spoil(error);
    const { hook } = this.#voice;
    if (hook !== undefined && hook !== "teardownWorker") return this.#voice.exit = error, true;
    const isForbidden = this.#parts.isOwnThread || hook !== undefined || isCalling;
    if (!isForbidden) return false;
    if (isInstance(owner, OutputOwner)) owner.stray(error);
    else this.#voice.stray(this.#suspects.list(), error, hook);
    return true;
  }

  /** Whether the code that runs belongs to the attempt, as far as is known, and not to a task before. */
  get #isOfAttempt(): boolean {
    const owner = this.#owners.get();
    return owner === undefined || owner === this.#attempt.owner;
  }

  #spoil(error: ExitError): true {
    this.#attempt.spoil(error);
    // Code that calls an exit function does not expect to go on: what it was to settle may never be.
    this.#attempt.giveUp?.(error);
    return true;
  }

  /** The run was cancelled: tells the task being called. */
  abort(reason: CancelReason): void {
    this.#attempt.cancel(reason);
  }

  /** The run was cancelled, and the task at hand is not waited for: for what its signal says, or else this. */
  leave(error: Error): void {
    this.#attempt.giveUp?.(this.#attempt.signal.get().reason ?? error);
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
    this.#parts.flush?.(); // its last words may say what it waits for
    if (!mayWait) this.#attempt.giveUp?.(error);
  }

  #call(task: TaskId): RanOutcome | Promise<RanOutcome> {
    this.#suspects.add(task);
    const found = this.#parts.code.get(task);
    const isMissing = found instanceof Error;
    this.#attempt.begin(task, isMissing ? undefined : found.spec, this.#parts.rules.timeoutMs);
    if (isMissing) return this.#fail(task, found);
    const late = this.#attempt.lateBefore;
    if (late?.task === task && late.attempt === this.#plan.attemptOf(task)) {
      return this.#fail(task, this.#attempt.expire());
    }
    const { spec, call } = found; // called alone, so that stacks show the user's function as it is
    const owner = new OutputOwner(this.#voice, task);
    const attempt = this.#plan.attemptOf(task);
    const context = new LaneTaskContext(this.#host, owner, spec.name, attempt);
    this.#attempt.context = context;
    this.#attempt.owner = owner;
    this.#owners.enterIn(this.#context, owner); // without what the task before has entered
    let result: unknown;
    try {
      result = spec.withState ? call(this.#parts.state.root, context) : call(context);
      if (isThenable(result)) {
        const pass = (value: unknown) => this.#pass(task, value);
        return this.#attempt.ended(result, pass, (error) => this.#fail(task, error));
      }
    } catch (error) {
      return this.#fail(task, error);
    }
    return this.#pass(task, result);
  }

  #pass(task: TaskId, result: unknown): RanOutcome | Promise<RanOutcome> {
    if (this.#attempt.isSpoilt) return this.#fail(task);
    const { state, rules } = this.#parts;
    try {
      if (rules.storeResults) state.setResultOf(task, this.#attempt.name, result);
    } catch (error) {
      return this.#fail(task, error);
    }
    this.#close();
    return TaskState.PASSED;
  }

  /**
   * Ctrl-C reaches a child process of the task as it reaches the main thread, which may handle it after the task has
   * seen the end of its child: whether the run is cancelled is known when the main thread has handled its signals.
   */
  #fail(task: TaskId, thrown?: unknown): RanOutcome | Promise<RanOutcome> {
    const error = this.#attempt.failure(thrown);
    const { signalsHandled } = this.#parts;
    const isKnown = !this.#attempt.owner?.hasFailedChild || this.#attempt.wasAborted;
    if (isKnown || signalsHandled === undefined) return this.#failed(task, error);
    this.#attempt.giveUp = undefined; // it has ended
    return this.#failedAfter(signalsHandled(), task, error);
  }

  async #failedAfter(handled: Promise<void>, task: TaskId, error: unknown): Promise<RanOutcome> {
    await handled;
    return this.#failed(task, this.#attempt.failure(error));
  }

  #failed(task: TaskId, error: unknown): RanOutcome {
    if (this.#attempt.wasCancelled(error)) {
      this.#close();
      return TaskState.CANCELLED;
    }
    const outcome = this.#attempt.wasAborted ? TaskState.CANCELLED : TaskState.FAILED;
    const record = this.#hinted(recordThrown(error)); // before the lock is released: it may read the state
    this.#close();
    this.#voice.failed(task, record);
    return outcome;
  }

  /** What every end of a task has in common. */
  #close(): void {
    this.#parts.flush?.();
    if (this.#parts.state.releaseLeaked()) {
      const { name } = this.#attempt;
      this.output("log", "warn", `${name} ended while it held the state lock: it was released`);
    }
    if (this.#written.size > 0) this.#voice.wrote(this.#task as TaskId, [...this.#written]);
    this.#written.clear();
    this.#attempt.end();
  }

  #noteWrite(key: string): void {
    if (this.#attempt.task !== null && this.#isOfAttempt) this.#written.add(key);
  }

  #checkRead(name: string, isRead: boolean): void {
    const { task, context } = this.#attempt;
    if (task === null || !this.#isOfAttempt) return;
    if (context !== undefined) this.#unselected?.add(context, name);
    const error = this.#refusal(name, isRead);
    if (error === undefined) return;
    this.#attempt.spoil(error);
    throw error;
  }

  /** Why a strict run refuses this read. */
  #refusal(name: string, isRead: boolean): Error | undefined {
    const { reads, state } = this.#parts;
    const { name: reader } = this.#attempt;
    const refusal = reads?.check(reader, name);
    if (reads === undefined || refusal !== undefined || !isRead) return refusal;
    const unknown = reads.checkUnknown(reader, name);
    return unknown === undefined || state.hasResult(name) ? undefined : unknown;
  }

  /** A failure, with a hint if the attempt has read the result of a dependency that was not selected. */
  #hinted(record: ErrorRecord): ErrorRecord {
    const { task, context } = this.#attempt;
    if (this.#unselected === undefined || task === null || context === undefined) return record;
    const found = this.#parts.code.get(task);
    const after = found instanceof Error ? [] : found.spec.after;
    const hint = this.#unselected.hint(context, after);
    return hint === undefined ? record : { ...record, props: { hint, ...record.props } };
  }

  /** Lets timers, messages and rejections be seen, with the tasks at hand that may have caused them. */
  async #turn(): Promise<void> {
    await this.#parts.turn();
    this.#lastTurnMs = this.#nowMs();
    this.#suspects.turned();
  }
}
