/**
 * Runs tasks on the main thread, one at a time: for a debugger, and where code cannot be imported a
 * second time. The creator of the pool decides where the output of tasks goes.
 */
import { createAsyncVariable } from "../base/async_variable.ts";
import { settlesWithin } from "../runtime/settles_within.ts";
import { claimError, onUncaughtError } from "../runtime/uncaught_errors.ts";
import type { ErrorRecord } from "../base/error_record.ts";
import type { CancelReason } from "../events/run_event.ts";
import { type AsyncFlow, Flows } from "../state/lock/async_flow.ts";
import type { SharedState } from "../state/shared_state.ts";
import { toStandardError } from "../task/logger.ts";
import { type InlineLog, realm } from "../task/realm.ts";
import type { TaskId } from "../task/task.ts";
import { DeclaredReads } from "../thread/declared_reads.ts";
import {
  SHUTDOWN_TIMEOUTS,
  shutdownTimeoutMessage,
  type ShutdownTimeouts,
  teardownFailure,
} from "../lane/shutdown.ts";
import { EventLoop, eventLoopTurn } from "../thread/event_loop.ts";
import { type StartupLimits, StartupTimeout } from "../lane/startup_timeout.ts";
import { guardExit } from "../thread/exit_guard.ts";
import { recordBroken, recordThrown } from "../thread/hook_error.ts";
import { MESSAGE_SEQ_STEP } from "../lane/lane_ids.ts";
import type { Pool, PoolListener } from "./pool.ts";
import type { RunSpec, WorkerHooks } from "../lane/run_spec.ts";
import type { CaptureOutput, LineSink, OutputCapture } from "../thread/output/output_sink.ts";
import { TaskLoop } from "../thread/task_loop.ts";
import { TaskLookup } from "../thread/task_lookup.ts";

/** The only lane of an inline run. */
const LANE = 0;

/**
 * Arguments of a call that takes 80 KB of the stack. V8 may need 40 KB of these to compile a
 * function.
 */
const PADDING: readonly number[] = Array.from({ length: 10_000 }, () => 0);

/**
 * Reserves stack for reporters, which run on the task's stack. If the task has used it up, this
 * throws the stack overflow before the first reporter is called, not between two of them.
 */
const reserveStack: (...room: readonly number[]) => void = () => {};

/** Options of an inline pool. */
export interface InlineOptions {
  /** Redirects the output of tasks to a sink. */
  readonly capture?: CaptureOutput | undefined;
  /** Resolves when pending signals are handled, where another thread receives them. */
  readonly signalsHandled?: () => Promise<void>;
  /** Time limits of the hooks, in tests. */
  readonly startupLimits?: StartupLimits;
  readonly shutdownTimeouts?: ShutdownTimeouts;
}

/** A pool of one lane on the main thread. */
export class InlinePool implements Pool {
  readonly size = 1;
  readonly canKill = false;
  readonly state: SharedState;
  readonly #options: InlineOptions;
  readonly #owners = createAsyncVariable<LineSink>();
  #captured: OutputCapture | undefined;
  #loop: TaskLoop | undefined;
  /** Keeps the process alive until the run has received all its events. */
  #eventLoop: EventLoop | undefined;
  #finished: Promise<void> = Promise.resolve();
  /** Watches over `setupWorker`. */
  #startupTimeout: StartupTimeout | undefined;

  /** @param state The state that the tasks see. */
  constructor(state: SharedState, options: InlineOptions) {
    this.state = state;
    this.#options = options;
  }

  run(spec: RunSpec, listener: PoolListener): void {
    spec.plan.open(LANE);
    if (spec.rules.storeResults) this.state.openResults(spec.names);
    const eventLoop = this.#eventLoop = new EventLoop();
    const loop = new TaskLoop({
      plan: spec.plan,
      lane: LANE,
      state: this.state,
      code: new TaskLookup(spec.names, spec.local),
      rules: spec.rules,
      reads: spec.rules.isStrict ? new DeclaredReads(spec.local) : undefined,
      owners: this.#owners,
      firstSeq: 0,
      send: (message) => {
        reserveStack(...PADDING);
        if (this.#loop === loop) listener.message(LANE, message);
        // Leaked code of a task prints after the run.
        else if (message.type === "output") toStandardError(message.level, message.text);
      },
      flush: () => this.#captured?.flush(),
      turn: () => eventLoop.turn(),
      signalsHandled: this.#options.signalsHandled ?? eventLoopTurn,
      isOwnThread: false,
    });
    this.#loop = loop;
    this.#finished = this.#work(spec, loop, eventLoop, listener);
  }

  nudge(): void {}

  abort(reason: CancelReason): void {
    this.#loop?.abort(reason);
    this.#startupTimeout?.enforceLimit();
  }

  expire(_lane: number, task: TaskId, attempt: number): void {
    this.#loop?.expire(task, attempt, false);
  }

  failTask(_lane: number, task: TaskId, attempt: number, error: ErrorRecord): void {
    this.#loop?.fail(task, attempt, error);
  }

  /** Abandons the task: the only thread is the caller's, which cannot be terminated. */
  kill(_lane: number, { type, message }: ErrorRecord): void {
    this.#loop?.abandon(Object.assign(new Error(message), { name: type, stack: undefined }));
  }

  async finish(): Promise<void> {
    await this.#finished;
    this.#loop = undefined;
    this.#eventLoop?.[Symbol.dispose]();
    this.#eventLoop = undefined;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.finish();
  }

  async #work(
    spec: RunSpec,
    loop: TaskLoop,
    eventLoop: EventLoop,
    listener: PoolListener,
  ): Promise<void> {
    const { hooks } = spec;
    const globals = realm();
    const flows = new Flows();
    const flow: AsyncFlow = { parent: undefined, isDone: false };
    // Other code on the caller's thread, a callback included, may exit, and logs for itself.
    const isOwn = () => flows.current() === flow && !listener.isReporting;
    const removeExitGuard = guardExit((error) => isOwn() && loop.onExit(error));
    const removeErrorListener = onUncaughtError((event, error) => {
      claimError(event);
      loop.stray(error);
    });
    const current = () => this.#owners.get() ?? loop;
    const log: InlineLog = {
      isCurrent: isOwn,
      write: (level, text) => current().output("log", level, text),
    };
    globals.inlineLogs.push(log);
    try {
      await eventLoop.turn(); // lets the caller subscribe to events first
      this.#captured = this.#options.capture?.(current);
      await flows.run(flow, () => this.#setUp(spec, loop, listener));
      try {
        await flows.run(flow, () => loop.run());
      } catch (error) {
        // Without this, the run would wait for the current task forever.
        listener.lost(LANE, recordBroken(error), MESSAGE_SEQ_STEP);
        throw error;
      }
      await this.#captured?.timersFired();
      await eventLoop.turn();
      await flows.run(flow, () => this.#tearDown(hooks, loop, listener));
    } catch (error) {
      listener.exhausted(recordThrown(error));
    } finally {
      this.#captured?.flush();
      this.#captured?.[Symbol.dispose]();
      this.#captured = undefined;
      globals.inlineLogs.splice(globals.inlineLogs.indexOf(log), 1);
      removeErrorListener();
      removeExitGuard();
    }
  }

  /**
   * Calls `setupWorker`. Rejects when the time limit is exceeded; the caller's thread continues.
   */
  async #setUp(
    { hooks: { setupWorker }, rules }: RunSpec,
    loop: TaskLoop,
    listener: PoolListener,
  ): Promise<void> {
    if (setupWorker === undefined) return;
    const timeout = Promise.withResolvers<never>();
    using _startupTimeout = this.#startupTimeout = new StartupTimeout({
      hasSetup: true,
      timeoutMs: rules.timeoutMs,
      limits: this.#options.startupLimits,
      onNotice: (text) => listener.notice(LANE, text),
      onTimeout: (why) => timeout.reject(new Error(`the main thread ${why}`)),
    });
    const called = loop.runHook("setupWorker", () => setupWorker(this.state.root));
    await Promise.race([called, timeout.promise]);
  }

  /** Calls `teardownWorker`. Its failure is reported as an error outside of any task. */
  async #tearDown(
    { teardownWorker }: WorkerHooks,
    loop: TaskLoop,
    listener: PoolListener,
  ): Promise<void> {
    if (teardownWorker === undefined) return;
    const { shutdownTimeouts = SHUTDOWN_TIMEOUTS } = this.#options;
    try {
      const called = loop.runHook("teardownWorker", () => teardownWorker(this.state.root));
      if (await settlesWithin(called, shutdownTimeouts.teardownMs)) return;
      listener.message(LANE, teardownFailure(shutdownTimeoutMessage(true, shutdownTimeouts)));
    } catch (error) {
      loop.stray(error);
    }
  }
}
