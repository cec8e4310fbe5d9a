/**
 * Runs tasks on the main thread, one at a time: for a debugger, and where code cannot be imported a
 * second time. Whoever makes the pool says what becomes of what tasks print.
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

/** A call with so many arguments takes 80 KB of the stack. Of these the engine may need 40 to compile a function. */
const PADDING: readonly number[] = Array.from({ length: 10_000 }, () => 0);

/**
 * Whoever is told of what a task prints is told on the task's own stack. Where a task has used that up, this
 * throws what running out of it throws, before anybody has heard a part of it.
 */
const reserveStack: (...room: readonly number[]) => void = () => {};

/** How an inline run differs from the usual. */
export interface InlineOptions {
  /** Has what tasks print go to a sink. */
  readonly capture?: CaptureOutput | undefined;
  /** Resolves when signals that have come by now were handled, where another thread receives them. */
  readonly signalsHandled?: () => Promise<void>;
  /** How long hooks may take, in tests. */
  readonly startupLimits?: StartupLimits;
  readonly shutdownTimeouts?: ShutdownTimeouts;
}

/** See the head of this file. */
export class InlinePool implements Pool {
  readonly size = 1;
  readonly canKill = false;
  readonly state: SharedState;
  readonly #options: InlineOptions;
  readonly #owners = createAsyncVariable<LineSink>();
  #captured: OutputCapture | undefined;
  #loop: TaskLoop | undefined;
  /** Keeps the process alive until the run has taken in all that has happened. */
  #eventLoop: EventLoop | undefined;
  #finished: Promise<void> = Promise.resolve();
  /** Watches over `setupWorker`. */
  #startupTimeout: StartupTimeout | undefined;

  /** @param state The state the tasks see. */
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
      postedBase: 0,
      say: (message) => {
        reserveStack(...PADDING);
        if (this.#loop === loop) listener.message(LANE, message);
        // What a task has left behind says it after the run.
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

  /** There is one thread, and it is the caller's: its task is not waited for any more. */
  kill(_lane: number, { type, message }: ErrorRecord): void {
    this.#loop?.leave(Object.assign(new Error(message), { name: type, stack: undefined }));
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
    const flow: AsyncFlow = { parent: undefined, done: false };
    // The thread is the caller's: what else runs there, a callback too, may exit, and logs for itself.
    const isOwn = () => flows.current() === flow && !listener.isReporting;
    const removeExitGuard = guardExit((error) => isOwn() && loop.exit(error));
    const removeErrorListener = onUncaughtError((event, error) => {
      claimError(event);
      loop.stray(error);
    });
    const current = () => this.#owners.get() ?? loop;
    const log: InlineLog = { isOwn, take: (level, text) => current().output("log", level, text) };
    globals.inlineLogs.push(log);
    try {
      await eventLoop.turn(); // whoever starts the run gets to listen first
      this.#captured = this.#options.capture?.(current);
      await flows.run(flow, () => this.#setUp(spec, loop, listener));
      try {
        await flows.run(flow, () => loop.run());
      } catch (error) {
        // The task at hand would be waited for without end.
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

  /** Rejects if it takes longer than it may: the thread is the caller's, and goes on. */
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
    const called = loop.during("setupWorker", () => setupWorker(this.state.root));
    await Promise.race([called, timeout.promise]);
  }

  /** Its failure is told as what it is: an error outside of any task. */
  async #tearDown(
    { teardownWorker }: WorkerHooks,
    loop: TaskLoop,
    listener: PoolListener,
  ): Promise<void> {
    if (teardownWorker === undefined) return;
    const { shutdownTimeouts = SHUTDOWN_TIMEOUTS } = this.#options;
    try {
      const called = loop.during("teardownWorker", () => teardownWorker(this.state.root));
      if (await settlesWithin(called, shutdownTimeouts.teardownMs)) return;
      listener.message(LANE, teardownFailure(shutdownTimeoutMessage(true, shutdownTimeouts)));
    } catch (error) {
      loop.stray(error);
    }
  }
}
