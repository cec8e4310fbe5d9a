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
import { ignoreConsoleErrors } from "../system/patch_console.ts";

/** When it is said. */
const NOTICE_MS = 10_000;
/** `teardownState` has as long, however late it is. */
const TEARDOWN_MS = 10_000;

type Hook = NonNullable<ModuleHooks["teardownState"]>;

/** What hooks are called with. */
export interface MainHooksOptions {
  readonly hooks: ModuleHooks;
  readonly state: SharedState;
  readonly system: System;
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
  readonly #parts: MainHooksOptions;
  /** Whether there may be something to tear down. */
  #hasBegun = false;

  constructor(parts: MainHooksOptions) {
    this.#parts = parts;
  }

  /** How long the run may still take. */
  get leftMs(): number | undefined {
    const { deadlineMs } = this.#parts;
    if (deadlineMs === undefined) return undefined;
    return Math.max(1, deadlineMs - (nowMs() - this.#parts.startMs));
  }

  get #isLate(): boolean {
    return nowMs() - this.#parts.startMs > (this.#parts.deadlineMs ?? Infinity);
  }

  /**
   * Makes the state.
   *
   * @param prepare Does so, with a `setupState` and a process that may be called while signals are heard.
   * @returns Whether that took no longer than the run may.
   */
  async setUp(prepare: (hooks: ModuleHooks, system: System) => Promise<void>): Promise<boolean> {
    const { hooks, system, interrupt } = this.#parts;
    const { setupState } = hooks;
    const reading: System = {
      ...system,
      // A pipe may keep it waiting.
      readTextFile: (path) => interrupt.withoutSignals(() => system.readTextFile(path)),
    };
    if (setupState === undefined) {
      await prepare(hooks, reading);
      this.#hasBegun = true;
      return true;
    }
    const watched: ModuleHooks = {
      ...hooks,
      setupState: (state) => {
        this.#hasBegun = true;
        return interrupt.withoutSignals(() => setupState(state));
      },
    };
    const hasEnded = await this.#ends("setupState", this.leftMs, () => prepare(watched, reading));
    const isInTime = hasEnded && !this.#isLate; // one that blocks is not ended by any timer
    if (!isInTime) system.err("Error: setupState did not end before the deadline of the run");
    return isInTime;
  }

  /**
   * Tears down what `setupState` has made, and says what went wrong there, if anything did.
   *
   * @param isInFull Whether no recap follows that does.
   * @returns The error, if there was one.
   */
  async tearDown(isInFull: boolean): Promise<MainError | undefined> {
    const { hooks: { teardownState }, system } = this.#parts;
    if (!this.#hasBegun || teardownState === undefined) return undefined;
    const error = await this.#failureOf(teardownState);
    if (error === undefined) return undefined;
    const hook = "teardownState";
    const { reportHookFailure } = await import("./hook_failure.ts");
    reportHookFailure(hook, error, system, isInFull);
    return { hook, error };
  }

  async #failureOf(teardownState: Hook): Promise<ErrorRecord | undefined> {
    const { leftMs } = this;
    const limitMs = leftMs === undefined ? undefined : Math.max(leftMs, TEARDOWN_MS);
    try {
      if (await this.#ends("teardownState", limitMs, () => this.#call(teardownState))) {
        return undefined;
      }
      const seconds = Math.round(limitMs! / 1000);
      return { type: "Error", message: `it did not end within ${seconds} s of the end of the run` };
    } catch (error) {
      return recordError(error);
    }
  }

  /** The run is still to be told: what would end the process, or never comes, is a failure of the hook. */
  async #call(teardownState: Hook): Promise<void> {
    const { system, interrupt, state } = this.#parts;
    const { guardExit } = await import("../../thread/exit_guard.ts");
    using _console = ignoreConsoleErrors();
    let exit: Error | undefined;
    const unguard = guardExit((error) => {
      exit ??= error;
      return true;
    });
    const idle = Promise.withResolvers<never>();
    const stop = system.onIdle(() => idle.reject(new Error("it awaits what will never come")));
    try {
      const called = interrupt.withSignalThread(() => teardownState(state.root));
      await Promise.race([called, idle.promise]);
      using eventLoop = new EventLoop();
      await rejectionsSeen(() => eventLoop.turn()); // nothing else comes after it
      if (exit !== undefined) throw exit; // though it may have caught that
    } finally {
      stop();
      unguard();
    }
  }

  async #ends(
    hook: HookName,
    limitMs: number | undefined,
    work: () => Promise<void>,
  ): Promise<boolean> {
    const notice = setTimeout(() => {
      this.#parts.system.err(`Note: ${hook} has not ended after ${NOTICE_MS / 1000} s`);
    }, NOTICE_MS);
    Deno.unrefTimer(notice); // what waits for nothing at all is not waited for
    this.#parts.logAs(hook);
    try {
      if (limitMs !== undefined) return await settlesWithin(work(), limitMs);
      await work();
      return true;
    } finally {
      this.#parts.logAs(undefined);
      clearTimeout(notice);
    }
  }
}
