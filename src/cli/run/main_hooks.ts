/**
 * The hooks that a module has for the main thread: `setupState` and `teardownState`. They are the user's
 * code, and may take long, or never come to an end. After a while that is said; and where the run has a
 * deadline, they have one too.
 */
import { settlesWithin } from "../../runtime/settles_within.ts";
import { type ErrorRecord, recordError } from "../../base/error_record.ts";
import { nowMs } from "../../runtime/clock.ts";
import { clearTimeout, setTimeout } from "../../runtime/timers.ts";
import { EventLoop, rejectionsSeen } from "../../thread/event_loop.ts";
import type { SharedState } from "../../state/shared_state.ts";
import type { HookName, ModuleHooks } from "../../task/hooks.ts";
import type { MainError } from "../output/deferred_run_end.ts";
import type { System } from "../system/system.ts";
import type { Interrupt } from "../system/interrupt.ts";

/** When it is said. */
const NOTE_DELAY_MS = 10_000;
/** `teardownState` has as long, however late it is. */
const TEARDOWN_TIMEOUT_MS = 10_000;

type Hook = NonNullable<ModuleHooks["teardownState"]>;

/** What hooks are called with. */
export interface MainHooksOptions {
  readonly hooks: ModuleHooks;
  readonly state: SharedState;
  readonly host: System;
  readonly interrupt: Interrupt;
  /** Has the log be that of a hook from now on, or of none. */
  readonly logAs: (hook: HookName | undefined) => void;
  /** How long the run may take, with its hooks. */
  readonly deadlineMs: number | undefined;
  /** When the run has begun. */
  readonly startMs: number;
}

/** See the head of this file. */
export class MainHooks {
  readonly #options: MainHooksOptions;
  /** Whether there may be something to tear down. */
  #needsTeardown = false;

  constructor(options: MainHooksOptions) {
    this.#options = options;
  }

  /** How long the run may still take. */
  get remainingMs(): number | undefined {
    const { deadlineMs } = this.#options;
    if (deadlineMs === undefined) return undefined;
    return Math.max(1, deadlineMs - (nowMs() - this.#options.startMs));
  }

  get #isPastDeadline(): boolean {
    return nowMs() - this.#options.startMs > (this.#options.deadlineMs ?? Infinity);
  }

  /**
   * Makes the state.
   *
   * @param prepare Does so, with a `setupState` and a process that may be called while signals are heard.
   * @returns Whether that took no longer than the run may.
   */
  async setUp(prepare: (hooks: ModuleHooks, host: System) => Promise<void>): Promise<boolean> {
    const { hooks, host, interrupt } = this.#options;
    const { setupState } = hooks;
    const interruptibleSystem: System = {
      ...host,
      // A pipe may keep it waiting.
      readTextFile: (path) => interrupt.unheard(() => host.readTextFile(path)),
    };
    if (setupState === undefined) {
      await prepare(hooks, interruptibleSystem);
      this.#needsTeardown = true;
      return true;
    }
    const watched: ModuleHooks = {
      ...hooks,
      setupState: (state) => {
        this.#needsTeardown = true;
        return interrupt.unheard(() => setupState(state));
      },
    };
    const hasEnded = await this.#endsWithin(
      "setupState",
      this.remainingMs,
      () => prepare(watched, interruptibleSystem),
    );
    const isWithinDeadline = hasEnded && !this.#isPastDeadline; // one that blocks is not ended by any timer
    if (!isWithinDeadline) host.err("Error: setupState did not end before the deadline of the run");
    return isWithinDeadline;
  }

  /**
   * Tears down what `setupState` has made, and says what went wrong there, if anything did.
   *
   * @param isInFull Whether no recap follows that does.
   * @returns The error, if there was one.
   */
  async tearDown(isDetailed: boolean): Promise<MainError | undefined> {
    const { hooks: { teardownState }, host } = this.#options;
    if (!this.#needsTeardown || teardownState === undefined) return undefined;
    const error = await this.#runTeardown(teardownState);
    if (error === undefined) return undefined;
    const hook = "teardownState";
    const { reportHookFailure } = await import("./hook_failure.ts");
    reportHookFailure(hook, error, host, isDetailed);
    return { hook, error };
  }

  async #runTeardown(teardownState: Hook): Promise<ErrorRecord | undefined> {
    const { remainingMs } = this;
    const limitMs = remainingMs === undefined
      ? undefined
      : Math.max(remainingMs, TEARDOWN_TIMEOUT_MS);
    try {
      if (
        await this.#endsWithin("teardownState", limitMs, () => this.#callTeardown(teardownState))
      ) {
        return undefined;
      }
      const seconds = Math.round(limitMs! / 1000);
      return { type: "Error", message: `it did not end within ${seconds} s of the end of the run` };
    } catch (error) {
      return recordError(error);
    }
  }

  /** The run is still to be told: what would end the process, or never comes, is a failure of the hook. */
  async #callTeardown(teardownState: Hook): Promise<void> {
    const { host, interrupt, state } = this.#options;
    const { guardExit } = await import("../../thread/exit_guard.ts");
    const { ignoreConsoleErrors } = await import(
      "../system/ignore_console_errors.ts"
    );
    using _console = ignoreConsoleErrors();
    let exit: Error | undefined;
    const unguard = guardExit((error) => {
      exit ??= error;
      return true;
    });
    const idle = Promise.withResolvers<never>();
    const stop = host.onIdle(() => idle.reject(new Error("it awaits what will never come")));
    try {
      const called = interrupt.heardAside(() => teardownState(state.root));
      await Promise.race([called, idle.promise]);
      using eventLoop = new EventLoop();
      await rejectionsSeen(() => eventLoop.turn()); // nothing else comes after it
      if (exit !== undefined) throw exit; // though it may have caught that
    } finally {
      stop();
      unguard();
    }
  }

  async #endsWithin(
    hook: HookName,
    limitMs: number | undefined,
    work: () => Promise<void>,
  ): Promise<boolean> {
    const noteTimer = setTimeout(() => {
      this.#options.host.err(`Note: ${hook} has not ended after ${NOTE_DELAY_MS / 1000} s`);
    }, NOTE_DELAY_MS);
    Deno.unrefTimer(noteTimer); // what waits for nothing at all is not waited for
    this.#options.logAs(hook);
    try {
      if (limitMs !== undefined) return await settlesWithin(work(), limitMs);
      await work();
      return true;
    } finally {
      this.#options.logAs(undefined);
      clearTimeout(noteTimer);
    }
  }
}
