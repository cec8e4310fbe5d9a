/**
 * The loop of a thread in a run: takes a task, calls it, settles it and takes the next, until the
 * plan has no more. The same loop runs in every worker, in processes and, in an inline run, on the
 * main thread.
 *
 * A thread runs one task at a time. Between two tasks the event loop turns every few milliseconds,
 * so that leaked rejections are reported while the suspects are known.
 */
import {
  type AsyncContext,
  type AsyncVariable,
  createAsyncVariable,
} from "../base/async_variable.ts";
import { nowMs, originMs } from "../runtime/clock.ts";
import { isInstance, isThenable } from "../base/is_instance.ts";
import type { ErrorRecord } from "../base/error_record.ts";
import type { CancelReason, OutputChannel } from "../events/run_event.ts";
import { LaneFencedError, type RanOutcome, TaskState } from "../plan/plan.ts";
import type { LogLevel, SkipOptions } from "../task/context.ts";
import type { HookName } from "../task/hooks.ts";
import type { FoundTask, TaskId } from "../task/task.ts";
import { Attempt } from "./attempt.ts";
import { AttemptCache } from "./attempt_cache.ts";
import type { CacheHit } from "./cached_call.ts";
import { ExitError } from "./exit_guard.ts";
import { callHook } from "./call_hook.ts";
import { handleExit } from "./handle_exit.ts";
import { HookError, recordThrown } from "./hook_error.ts";
import type { WorkerPlan } from "../lane/worker_plan.ts";
import type { TaskLoopOptions } from "./task_loop_options.ts";
import { OutputOwner } from "./output/output_owner.ts";
import type { LineSink } from "./output/output_sink.ts";
import { Suspects } from "./suspects.ts";
import { LaneTaskContext, type TaskContextDeps } from "./lane_task_context.ts";
import { TaskSkip } from "./task_skip.ts";
import { ResultAccess } from "./result_access.ts";
import { LaneSender } from "./lane_sender.ts";

/**
 * Maximum time between two turns of the event loop, in ms: rarely enough to cost little, often
 * enough for messages.
 */
const TURN_EVERY_MS = 4;

/** Executes tasks of a plan on one thread, one at a time. */
export class TaskLoop implements LineSink {
  readonly #options: TaskLoopOptions;
  readonly #plan: WorkerPlan;
  readonly #nowMs: () => number;
  readonly #contextDeps: TaskContextDeps;
  readonly #suspects = new Suspects();
  readonly #attempt = new Attempt(() => this.#nowMs(), () => this.#plan.aborted);
  readonly #sender: LaneSender;
  readonly #results: ResultAccess;
  readonly #cache: AttemptCache;
  readonly #owners: AsyncVariable<LineSink>;
  /** The async context of every task's call, except for the owner. */
  #context: AsyncContext;
  /** The keys of the state that the attempt has written, if they are recorded. */
  readonly #written = new Set<string>();
  /** The task that was taken and is not settled, or -1. */
  #task: TaskId | -1 = -1;
  /** Times of the last turn of the event loop, and of the last read of the clock. */
  #lastTurnMs = 0;
  #clockMs = 0;

  constructor(options: TaskLoopOptions) {
    this.#options = options;
    this.#plan = options.plan;
    const offsetMs = originMs - options.rules.epochMs;
    this.#nowMs = () => nowMs() + offsetMs;
    this.#sender = new LaneSender(options, this.#nowMs);
    this.#results = new ResultAccess(options, this.#attempt, () => this.#isOfAttempt);
    this.#cache = new AttemptCache(options, this.#attempt, this.#sender, () => this.#isOfAttempt);
    this.#owners = options.owners ?? createAsyncVariable();
    this.#contextDeps = {
      lane: options.lane,
      signal: (of) => this.#attempt.signalOf(of),
      skip: (of, reason, options) => this.#skip(of, reason, options),
      results: (of) => this.#results.resultsFor(of),
      use: (of) => this.#results.useFor(of),
      reportLost: ({ name, attempt }, owner, error) => {
        owner.output("log", "error", `${name} was lost: ${error.message}`);
        this.#sender.lost(name, attempt, error);
      },
      keep: () => options.retention?.keeps(this.#sender, this.#task as TaskId) ?? false,
    };
  }

  /** Runs tasks until the plan has no more for this thread. */
  async run(): Promise<void> {
    const { state, rules } = this.#options;
    try {
      this.#results.watch();
      state.setOwners(() => this.#owners.get()); // for good: abandoned code may outlive the run
      const isWatched = rules.recordsWrites || rules.cache || this.#options.retention;
      if (isWatched) state.watchWrites((key) => this.#noteWrite(key));
      await this.#run();
    } catch (error) {
      // The lane was fenced: the main thread has declared this thread lost and replaced it.
      if (!(error instanceof LaneFencedError)) throw error;
    } finally {
      this.#attempt.endRun();
      this.#results.unwatch();
      state.watchWrites(undefined);
    }
  }

  async #run(): Promise<void> {
    const plan = this.#plan;
    this.#context = this.#owners.context;
    const { lane } = this.#options;
    const hasWork = () => plan.readyCountOf(lane) > 0 || plan.isDone(lane);
    this.#lastTurnMs = this.#nowMs();
    this.#take();
    for (;;) {
      const pending = this.#runSome();
      if (pending !== undefined) this.#settle(await pending);
      else if (this.#task < 0) {
        if (plan.isDone(lane)) return;
        await this.#turn();
        await plan.wakeups.park(hasWork, this.#options.isOwnThread);
        this.#take();
      }
      if (this.#task >= 0 && this.#isTurnDue) await this.#turn();
    }
  }

  /**
   * Runs tasks until one has to be awaited, none is ready, or a turn of the event loop is due.
   *
   * @returns The outcome of the current task, if it has to be awaited.
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
    this.#clockMs = this.#nowMs();
    this.#task = this.#plan.take(this.#options.lane, this.#clockMs);
  }

  /** Settles the current task, and takes the next. */
  #settle(outcome: RanOutcome): void {
    const atMs = this.#clockMs = this.#nowMs();
    const task = this.#task as TaskId;
    const { sentCount } = this.#sender;
    this.#task = this.#plan.settleAndTake(this.#options.lane, task, outcome, atMs, sentCount);
  }

  get #isTurnDue(): boolean {
    return this.#clockMs - this.#lastTurnMs > TURN_EVERY_MS;
  }

  /** Sends output without a known owner, as output of the current task or hook. */
  output(channel: OutputChannel, level: LogLevel, text: string): void {
    const { task } = this.#attempt;
    const hook = task === null ? this.#sender.hook : undefined;
    this.#sender.output({ task, hook }, channel, level, text);
  }

  /** Sends output of the module's own code, which belongs to no task. */
  moduleOutput(channel: OutputChannel, level: LogLevel, text: string): void {
    this.#sender.output({ task: null }, channel, level, text);
  }

  /** Calls a hook of the module: see {@linkcode callHook}. */
  runHook(hook: HookName, call: () => unknown): Promise<void> {
    return callHook(hook, call, { ...this.#options, sender: this.#sender, owners: this.#owners });
  }

  /** Reports an uncaught error of this thread. */
  stray(thrown: unknown): void {
    const original = isInstance(thrown, HookError) ? thrown.cause : thrown;
    if (isInstance(original, ExitError)) return; // reported when the function was called
    this.#sender.stray(this.#suspects.list(), thrown, this.#sender.hook);
  }

  /** Handles a call of an exit function: see {@linkcode handleExit}. */
  onExit(error: ExitError): boolean {
    return handleExit(error, {
      owner: this.#owners.get(),
      attempt: this.#attempt,
      sender: this.#sender,
      suspects: this.#suspects,
      isOwnThread: this.#options.isOwnThread,
    });
  }

  /** Whether the running code belongs to the current attempt, as far as is known. */
  get #isOfAttempt(): boolean {
    const owner = this.#owners.get();
    return owner === undefined || owner === this.#attempt.owner;
  }

  /** Aborts the current task: the run was cancelled. */
  abort(reason: CancelReason): void {
    this.#attempt.cancel(reason);
  }

  /**
   * Stops waiting for the current task of a cancelled run. It ends with its signal's reason, or
   * with this error.
   */
  abandon(error: Error): void {
    this.#attempt.abandon?.(this.#attempt.signal.get().reason ?? error);
  }

  /**
   * Aborts an attempt that has exceeded its time limit; it fails however it ends.
   *
   * @param mayWait False if the thread cannot be terminated: then the attempt is abandoned.
   */
  expire(task: TaskId, attempt: number, mayWait: boolean): void {
    // The task was taken but not called: the event loop turned in between.
    if (this.#attempt.task === null) this.#attempt.expiredBeforeCall = { task, attempt };
    if (this.#attempt.task !== task || this.#plan.attemptOf(task) !== attempt) return;
    const error = this.#attempt.expire();
    this.#options.flush?.(); // output without a line break may show what the task waits for
    if (!mayWait) this.#attempt.abandon?.(error);
  }

  /** Fails the attempt however it ends, and aborts its signal: what it uses was lost. */
  fail(task: TaskId, attempt: number, { type, message }: ErrorRecord): void {
    if (this.#attempt.task !== task || this.#plan.attemptOf(task) !== attempt) return;
    const error = Object.assign(new Error(message), { name: type, stack: undefined });
    this.#attempt.failWith(error);
    this.#attempt.signal.expire(error);
  }

  #call(task: TaskId): RanOutcome | Promise<RanOutcome> {
    this.#suspects.add(task);
    const found = this.#options.code.get(task);
    const isMissing = found instanceof Error;
    this.#attempt.begin(task, isMissing ? undefined : found.spec, this.#options.rules.timeoutMs);
    if (isMissing) return this.#fail(task, found);
    const late = this.#attempt.expiredBeforeCall;
    if (late?.task === task && late.attempt === this.#plan.attemptOf(task)) {
      const error = this.#attempt.expire();
      // A tear-down is called in any case: nothing else disposes of the resource.
      if (found.spec.kind !== "teardown") return this.#fail(task, error);
    }
    const owner = new OutputOwner(this.#sender, task);
    const attempt = this.#plan.attemptOf(task);
    const context = new LaneTaskContext(this.#contextDeps, owner, found, attempt);
    this.#attempt.context = context;
    this.#attempt.owner = owner;
    if (this.#cache.handles(found.spec.name, attempt)) return this.#lookUp(task, found);
    return this.#invoke(task, found);
  }

  // Methods of their own: closures in the hot path would cost an allocation per task.
  #lookUp(task: TaskId, found: FoundTask): Promise<RanOutcome> {
    const end = (hit: unknown) =>
      hit === undefined ? this.#invoke(task, found) : this.#pass(task, (hit as CacheHit).result);
    return this.#attempt.waitForEnd(this.#cache.lookUp(), end, (it) => this.#fail(task, it));
  }

  #waitFor(task: TaskId, result: PromiseLike<unknown>): Promise<RanOutcome> {
    const pass = (value: unknown) => this.#pass(task, value);
    return this.#attempt.waitForEnd(result, pass, (error) => this.#fail(task, error));
  }

  /** Calls the function of the current attempt. */
  #invoke(task: TaskId, { spec, call }: FoundTask): RanOutcome | Promise<RanOutcome> {
    const { context, owner } = this.#attempt;
    this.#owners.enterIn(this.#context, owner!); // without what the previous task has entered
    let result: unknown;
    // An earlier instance of the resource was lost: its value is gone.
    if (context!.attempt > 1 && this.#attempt.isSetUp) this.#results.drop(task);
    try {
      // Called as a plain function, so that stacks show the user's function as it is.
      result = spec.withState ? call(this.#options.state.root, context!) : call(context!);
      if (isThenable(result)) return this.#waitFor(task, result);
    } catch (error) {
      return this.#fail(task, error);
    }
    return this.#pass(task, result);
  }

  #pass(task: TaskId, result: unknown): RanOutcome | Promise<RanOutcome> {
    const { isSetUp } = this.#attempt;
    if (this.#attempt.hasFailed || this.#attempt.skip !== undefined) {
      return isSetUp ? this.#discard(task) : this.#fail(task);
    }
    try {
      if (this.#options.rules.storeResults || isSetUp) this.#results.store(task, result);
    } catch (error) {
      return isSetUp ? this.#discard(task, error) : this.#fail(task, error);
    }
    const stored = this.#cache.store(result);
    return stored === undefined ? this.#passed() : this.#passAfter(stored, task);
  }

  #passAfter(stored: Promise<void>, task: TaskId): Promise<RanOutcome> {
    return this.#attempt.waitForEnd(stored, () => this.#passed(), (it) => this.#fail(task, it));
  }

  #passed(): RanOutcome {
    this.#closeAttempt(true);
    if (this.#attempt.isSetUp) this.#attempt.keepSignal();
    return TaskState.PASSED;
  }

  /** Disposes of what a set-up has made that does not pass, then ends the attempt. */
  async #discard(task: TaskId, thrown?: unknown): Promise<RanOutcome> {
    const found = this.#options.code.get(task);
    try {
      if (!(found instanceof Error)) await found.discard?.();
    } catch (error) {
      this.stray(error);
    }
    return this.#fail(task, thrown);
  }

  /**
   * Ends a failed attempt. Ctrl-C reaches a task's child process and the main thread at once, and
   * the main thread may handle it after the child's end: whether the run is cancelled is known only
   * once the main thread has handled its signals.
   */
  #fail(task: TaskId, thrown?: unknown): RanOutcome | Promise<RanOutcome> {
    const { skip, hasFailed } = this.#attempt;
    // A task that catches the error of its `task.skip`, and returns, is skipped.
    if (skip !== undefined && !hasFailed && (thrown === undefined || thrown === skip)) {
      this.#closeAttempt();
      this.#sender.skipped(task, skip.message);
      return skip.outcome;
    }
    const error = this.#attempt.failure(thrown);
    const { signalsHandled } = this.#options;
    const isKnown = !this.#attempt.owner?.hasFailedChild || this.#attempt.wasAborted;
    if (isKnown || signalsHandled === undefined) return this.#settleFailure(task, error);
    this.#attempt.abandon = undefined; // the task has ended
    return this.#settleFailureAfter(signalsHandled(), task, error);
  }

  async #settleFailureAfter(
    handled: Promise<void>,
    task: TaskId,
    error: unknown,
  ): Promise<RanOutcome> {
    await handled;
    return this.#settleFailure(task, this.#attempt.failure(error));
  }

  #settleFailure(task: TaskId, error: unknown): RanOutcome {
    if (this.#attempt.wasCancelled(error)) {
      this.#closeAttempt();
      return TaskState.CANCELLED;
    }
    const outcome = this.#attempt.wasAborted ? TaskState.CANCELLED : TaskState.FAILED;
    // First, while the task holds the state lock: getters of the error may read the state.
    const record = this.#results.withHint(recordThrown(error));
    this.#closeAttempt();
    this.#sender.failed(task, record);
    return outcome;
  }

  #skip(of: LaneTaskContext, reason: string, options?: SkipOptions): never {
    const skip = new TaskSkip(reason, options);
    if (of === this.#attempt.context && this.#attempt.task !== null) this.#attempt.skip = skip;
    throw skip;
  }

  /** Ends an attempt. */
  #closeAttempt(hasPassed = false): void {
    this.#options.flush?.();
    if (this.#options.state.releaseLeaked(hasPassed ? undefined : this.#attempt.owner)) {
      const text =
        `${this.#attempt.name} ended while it held the state lock: the lock was released`;
      this.output("log", "warn", text);
    }
    this.#cache.end(this.#task as TaskId);
    if (this.#written.size > 0) this.#sender.wrote(this.#task as TaskId, [...this.#written]);
    this.#written.clear();
    this.#attempt.end();
  }

  #noteWrite(key: string): void {
    this.#options.retention?.bind();
    if (this.#attempt.task === null || !this.#isOfAttempt) return;
    if (this.#options.rules.recordsWrites) this.#written.add(key);
    this.#cache.noteWrite(key);
  }

  /**
   * Lets the event loop turn, so that timers, messages and rejections are handled while their
   * suspects are known.
   */
  async #turn(): Promise<void> {
    await this.#options.turn();
    this.#lastTurnMs = this.#nowMs();
    this.#suspects.turned();
  }
}
