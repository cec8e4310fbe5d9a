/**
 * Calls the hooks that run on the main thread. They are user code and may block or never end, so a
 * note is printed after {@linkcode NOTE_DELAY_MS}, and the run's deadline applies to them too.
 */
import { settlesWithin } from "../../runtime/settles_within.ts";
import { type ErrorRecord, recordError } from "../../base/error_record.ts";
import { nowMs } from "../../runtime/clock.ts";
import { clearTimeout, setTimeout } from "../../runtime/timers.ts";
import { EventLoop, rejectionsSeen } from "../../thread/event_loop.ts";
import type { SharedState } from "../../state/shared_state.ts";
import type { HookName, ModuleHooks } from "../../task/hooks.ts";
import type { ProjectHooks } from "../../task/project_hooks.ts";
import type { MainError } from "../output/deferred_run_end.ts";
import type { System } from "../system/system.ts";
import type { Interrupt } from "../system/interrupt.ts";
import { ignoreConsoleErrors } from "../system/patch_console.ts";
import { printError, printNote } from "../system/print_message.ts";

/** Delay before the note that a hook is still running, in milliseconds: few hooks take as long. */
const NOTE_DELAY_MS = 10_000;
/** Minimum time limit of `teardownState` in a run with a deadline, in milliseconds. */
const TEARDOWN_TIMEOUT_MS = 10_000;

type Hook = NonNullable<ModuleHooks["teardownState"]>;

/** Options of {@linkcode MainHooks}. */
export interface MainHooksOptions {
  readonly hooks: ProjectHooks;
  readonly state: SharedState;
  readonly system: System;
  readonly interrupt: Interrupt;
  /** Attributes log lines to a hook from now on, or to none. */
  readonly logAs: (hook: HookName | undefined) => void;
  /** Time limit of the run including its hooks, in milliseconds. */
  readonly deadlineMs: number | undefined;
  /** Start time of the run, in milliseconds of the monotonic clock. */
  readonly startMs: number;
}

/** Calls `setupState` and `teardownState` of a module on the main thread. */
export class MainHooks {
  readonly #options: MainHooksOptions;
  /** Whether `setupState` was called, or the module has none and the state is prepared. */
  #needsTeardown = false;

  constructor(options: MainHooksOptions) {
    this.#options = options;
  }

  /** Time until the deadline in milliseconds, at least 1; undefined without a deadline. */
  get remainingMs(): number | undefined {
    const { deadlineMs } = this.#options;
    if (deadlineMs === undefined) return undefined;
    return Math.max(1, deadlineMs - (nowMs() - this.#options.startMs));
  }

  get #isPastDeadline(): boolean {
    return nowMs() - this.#options.startMs > (this.#options.deadlineMs ?? Infinity);
  }

  /**
   * Prepares the state.
   *
   * @param prepare Prepares it with hooks and a system; during their calls signals end the process.
   * @returns Whether the state was prepared before the deadline.
   */
  async setUp(prepare: (hooks: ProjectHooks, system: System) => Promise<void>): Promise<boolean> {
    const { hooks, system, interrupt } = this.#options;
    const { setupState } = hooks;
    const interruptibleSystem: System = {
      ...system,
      // Reading a pipe may block.
      readTextFile: (path) => interrupt.withoutSignals(() => system.readTextFile(path)),
    };
    if (setupState === undefined) {
      await prepare(hooks, interruptibleSystem);
      this.#needsTeardown = true;
      return true;
    }
    const watched: ProjectHooks = {
      ...hooks,
      setupState: (state) => {
        this.#needsTeardown = true;
        return interrupt.withoutSignals(() => setupState(state));
      },
    };
    const hasEnded = await this.#endsWithin(
      "setupState",
      this.remainingMs,
      () => prepare(watched, interruptibleSystem),
    );
    // The clock is checked too: no timer fires while a hook blocks the thread.
    const isWithinDeadline = hasEnded && !this.#isPastDeadline;
    if (!isWithinDeadline) {
      printError(system, "setupState did not end before the deadline of the run");
    }
    return isWithinDeadline;
  }

  /**
   * Calls `teardownState`, and prints its error if there is one.
   *
   * @param isDetailed Whether to print the stack as well, since no recap will.
   * @returns The error, if there was one.
   */
  async tearDown(isDetailed: boolean): Promise<MainError | undefined> {
    const { hooks: { teardownState }, system } = this.#options;
    if (!this.#needsTeardown || teardownState === undefined) return undefined;
    const error = await this.#runTeardown(teardownState);
    if (error === undefined) return undefined;
    const hook = "teardownState";
    const { reportHookFailure } = await import("./hook_failure.ts");
    reportHookFailure(hook, error, system, isDetailed);
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
      return {
        type: "Error",
        message: `the hook did not end within ${seconds} s of the end of the run`,
      };
    } catch (error) {
      return recordError(error);
    }
  }

  /**
   * Calls `teardownState`. The run has yet to be reported, so an exit of the process and a promise
   * that never settles count as failures of the hook.
   */
  async #callTeardown(teardownState: Hook): Promise<void> {
    const { system, interrupt, state } = this.#options;
    const { guardExit } = await import("../../thread/exit_guard.ts");
    using _console = ignoreConsoleErrors();
    let exit: Error | undefined;
    const unguard = guardExit((error) => {
      exit ??= error;
      return true;
    });
    const idle = Promise.withResolvers<never>();
    const stop = system.onIdle(() =>
      idle.reject(new Error("the hook awaits a promise that never settles"))
    );
    try {
      const called = interrupt.withSignalThread(() => teardownState(state.root));
      await Promise.race([called, idle.promise]);
      using eventLoop = new EventLoop();
      await rejectionsSeen(() => eventLoop.turn()); // no later code would notice them
      if (exit !== undefined) throw exit; // even if the hook caught this error
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
      printNote(this.#options.system, `${hook} is still running after ${NOTE_DELAY_MS / 1000} s`);
    }, NOTE_DELAY_MS);
    Deno.unrefTimer(noteTimer); // must not keep an otherwise idle process alive
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
