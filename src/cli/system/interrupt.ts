/**
 * Ctrl-C and other signals. The first signal cancels the run: no task is started any more, and the
 * signals of running tasks are aborted. The second one exits without waiting for them.
 *
 * A signal handler runs when the event loop of its thread turns, which user code may block: then
 * signals would have no effect. So while code runs that may block, this thread has no handler:
 * either a signal ends the process by default, or another thread handles it.
 *
 * A signal may be sent more than once: `timeout` sends it to its child and to the child's group, a
 * service manager to each process of a service, one of which forwards it. Signals within
 * DUPLICATE_SIGNAL_MS count as one.
 */
import { plural } from "../../base/text_format.ts";
import { primordials } from "../../runtime/primordials.ts";
import { setTimeout } from "../../runtime/timers.ts";
import { eventLoopTurn } from "../../thread/event_loop.ts";
import { type ExitSignal, SIGNAL_CODES } from "../exit_code.ts";
import type { System } from "./system.ts";
import {
  DUPLICATE_SIGNAL_MS,
  HANGUP_TIMEOUT_MS,
  type SignalThread,
  type SignalThreadHandle,
} from "./signal_thread.ts";

/**
 * Delay before a thread is started that handles signals for inline tasks, in milliseconds: shorter
 * runs do not pay for it.
 */
const SIGNAL_THREAD_DELAY_MS = 200;

/** Controls signals during a run. */
export interface Interrupt {
  /** Aborted at the first signal. */
  readonly signal: AbortSignal;
  /** Calls code that may block this thread; meanwhile a signal ends the process. */
  withoutSignals<T>(call: () => T): T;
  /**
   * Calls code that may block this thread and has to finish; another thread handles the first
   * signal.
   */
  withSignalThread<T>(call: () => T): Promise<Awaited<T>>;
  /**
   * Runs work that may block this thread repeatedly: inline tasks. After a delay, another thread
   * handles signals, and the second signal ends the process.
   */
  withDelayedSignalThread<T>(work: () => Promise<T>): Promise<T>;
  /**
   * Resolves when all signals so far are handled, by any thread.
   */
  drain(): Promise<void>;
  /** Adds a function that is called before a forced exit: it delays the exit. */
  onForcedExit(call: () => void): void;
  /** Sets the function that counts the running tasks, for the line about the first signal. */
  countTasks(count: () => number): void;
}

/**
 * Runs work that signals interrupt.
 *
 * @param reportError Prints an error after a signal: it does not determine the exit code.
 * @returns What `work` returned, or the signal's exit code.
 */
export async function interruptible(
  system: System,
  reportError: (error: unknown) => void,
  work: (interrupt: Interrupt) => Promise<number>,
): Promise<number> {
  const signals = new Signals(system);
  signals.listen();
  try {
    const done = await Promise.race([work(signals), signals.second]);
    if (signals.code === undefined) await eventLoopTurn(); // a signal may be pending
    return signals.code ?? done;
  } catch (error) {
    if (signals.code === undefined) throw error;
    reportError(error);
    return signals.code;
  } finally {
    signals.stop();
  }
}

class Signals implements Interrupt {
  /** The exit code of the first signal; undefined before it. */
  code: number | undefined;
  /** Resolves to that code at the second signal. */
  readonly second: Promise<number>;
  readonly #exit: (code: number) => void;
  readonly #system: System;
  readonly #controller = new primordials.AbortController();
  #stop: () => void = () => {};
  #runningTasks: () => number = () => 0;
  /** Resolves when the next signal counts as the second one; undefined before the first. */
  #duplicateWindow: Promise<void> | undefined;
  #isWindowOver = false;
  readonly #onForcedExit: (() => void)[] = [];
  /** Receives signals while tasks run on this thread. */
  #signalThread: SignalThreadHandle | undefined;
  /**
   * Number of signals received by this thread, by the signal thread, and in total. While both
   * listen, both receive the same signals, so the total is the larger number; this thread's number
   * is set to it when it listens alone.
   */
  #mainCount = 0;
  #threadCount = 0;
  #count = 0;

  constructor(system: System) {
    this.#system = system;
    const { promise, resolve } = Promise.withResolvers<number>();
    this.second = promise;
    this.#exit = (code) => {
      for (const call of this.#onForcedExit) call();
      resolve(code);
    };
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  listen(): void {
    this.#mainCount = this.#count;
    this.#stop = this.#system.onSignal((signal) => {
      this.#mainCount++;
      this.#handle(signal);
    });
  }

  stop(): void {
    this.#stop();
    this.#stop = () => {};
  }

  withoutSignals<T>(call: () => T): T {
    this.stop();
    try {
      return call();
    } finally {
      this.listen();
    }
  }

  async withSignalThread<T>(call: () => T): Promise<Awaited<T>> {
    const thread = await this.#startThread();
    // Handled at once: it may reject while the signal thread is being stopped.
    const result = Promise.try(call);
    result.catch(() => {});
    await this.#stopThread(thread);
    return await result;
  }

  async withDelayedSignalThread<T>(work: () => Promise<T>): Promise<T> {
    await eventLoopTurn(); // handles pending signals
    await this.#duplicateWindow;
    this.stop();
    const thread = this.#signalThread = this.code === undefined
      ? this.#system.onFirstSignal(this.#onThreadSignal, SIGNAL_THREAD_DELAY_MS)
      : undefined; // the second signal ends the process
    try {
      return await work();
    } finally {
      this.#signalThread = undefined;
      await this.#stopThread(thread);
    }
  }

  onForcedExit(call: () => void): void {
    this.#onForcedExit.push(call);
  }

  countTasks(count: () => number): void {
    this.#runningTasks = count;
  }

  async drain(): Promise<void> {
    await eventLoopTurn();
    await this.#signalThread?.drain();
  }

  /**
   * Starts the signal thread without a gap: this thread listens until the other one does. A signal
   * that both receive counts once.
   */
  async #startThread(): Promise<SignalThread | undefined> {
    if (this.code === undefined) {
      const thread = this.#system.startSignalThread(this.#onThreadSignal);
      await thread.listening;
      await eventLoopTurn(); // handles pending signals
      if (this.code === undefined) {
        this.stop();
        return thread;
      }
      thread.stop();
    }
    await this.#duplicateWindow;
    this.stop(); // the second signal ends the process
    return undefined;
  }

  /** Handles the only signal of the signal thread, which is started before the first signal. */
  #onThreadSignal = (signal: ExitSignal): void => {
    this.#threadCount = 1;
    this.#handle(signal);
  };

  async #stopThread(thread: SignalThreadHandle | undefined): Promise<void> {
    thread?.poll();
    this.listen();
    if (thread === undefined) return;
    await thread.end();
    await eventLoopTurn();
    this.#mainCount = this.#count;
  }

  #handle(signal: ExitSignal): void {
    const count = Math.max(this.#mainCount, this.#threadCount);
    if (count === this.#count) return;
    this.#count = count;
    if (this.code === undefined) this.#cancel(signal);
    else if (this.#isWindowOver && signal !== "SIGHUP") this.#exit(this.code);
    if (signal === "SIGHUP") this.#exitLater(this.code!);
  }

  /**
   * Exits after a delay. A closed terminal and its shell send SIGHUP each, so a second one does not
   * force the exit.
   */
  #exitLater(code: number): void {
    Deno.unrefTimer(setTimeout(() => this.#exit(code), HANGUP_TIMEOUT_MS));
  }

  #cancel(signal: ExitSignal): void {
    this.code = SIGNAL_CODES[signal];
    this.#duplicateWindow = new Promise((resolve) => setTimeout(resolve, DUPLICATE_SIGNAL_MS)).then(
      () => void (this.#isWindowOver = true), // a second signal exits from now on
    );
    this.#report(signal); // before the lines about tasks that it ends
    this.#controller.abort("interrupted");
  }

  #report(signal: ExitSignal): void {
    try {
      this.#system.err(signalLine(signal, this.#runningTasks()));
    } catch {
      // the terminal is gone; the teardown goes on
    }
  }
}

/**
 * Formats the line about the first signal.
 *
 * @param tasks Number of running tasks; without any, a hook or the end of the run is awaited.
 */
function signalLine(signal: ExitSignal, tasks: number): string {
  const what = tasks > 0 ? plural(tasks, "task") : "the run to end";
  switch (signal) {
    case "SIGHUP":
      return `SIGHUP: waiting up to ${HANGUP_TIMEOUT_MS / 1000} s for ${what}`;
    case "SIGINT":
      return `Interrupted: waiting for ${what}. Ctrl-C again to stop now.`;
    case "SIGTERM":
      return `SIGTERM: waiting for ${what}. A second signal stops the run now.`;
  }
}
