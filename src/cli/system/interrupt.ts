/**
 * Ctrl-C, and other signals. The first cancels the run: nothing more is started, running tasks are told and
 * may end. The second does not wait for them.
 *
 * A handler on this thread is called when its event loop turns, and a thread that the user's code blocks
 * has none: then signals would do nothing at all. So nothing is heard here while code is called that may
 * block. Either a signal ends the process then, as if nobody had ever listened; or another thread hears it.
 *
 * A signal may be sent more than once: `timeout` sends it to its child and to the group of that, a service
 * manager to each process of a service, and one of them passes it on. What comes within a moment is one.
 */
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

/** Tasks that take longer than this, all together, are worth a thread that hears signals for them. */
const SIGNAL_THREAD_DELAY_MS = 200;

/** What is done while signals interrupt it. */
export interface Interrupt {
  /** Is aborted at the first signal. */
  readonly signal: AbortSignal;
  /** Calls what may block this thread, and need not come to its end. */
  withoutSignals<T>(call: () => T): T;
  /** Calls what may block this thread, and is to come to its end: the first signal lets it. */
  withSignalThread<T>(call: () => T): Promise<Awaited<T>>;
  /**
   * Does what may block this thread again and again: tasks. Signals are heard on another thread in the
   * meantime, after a moment, and the second of them ends the process.
   */
  withDelayedSignalThread<T>(work: () => Promise<T>): Promise<T>;
  /** Resolves when the signals that have come by now were handled, whichever thread receives them. */
  drain(): Promise<void>;
  /** Has this called when the process is to end at once, whatever still runs. */
  onForcedExit(call: () => void): void;
  /** Says that a signal has come, if that is not said yet. */
  report(): void;
}

/**
 * Does something that signals interrupt.
 *
 * @param reportError Says what went wrong, where that comes after a signal: it is not what the command exits with.
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
    if (signals.code === undefined) await eventLoopTurn(); // or what has just come would be heard by nobody
    return signals.code ?? done;
  } catch (error) {
    if (signals.code === undefined) throw error;
    reportError(error);
    return signals.code;
  } finally {
    signals.report();
    signals.stop();
  }
}

class Signals implements Interrupt {
  /** What the first signal comes to, once it has come. */
  code: number | undefined;
  /** Resolves to the same at the second. */
  readonly second: Promise<number>;
  readonly #exit: (code: number) => void;
  readonly #system: System;
  readonly #controller = new primordials.AbortController();
  #stop: () => void = () => {};
  /** The first signal, until it is said that it has come. */
  #unreported: ExitSignal | undefined;
  /** Resolves when the next signal is the second one; undefined while there was none. */
  #duplicateWindow: Promise<void> | undefined;
  #isWindowOver = false;
  #onForcedExit: () => void = () => {};
  /** Receives signals while tasks run on this thread. */
  #signalThread: SignalThreadHandle | undefined;
  /**
   * How many signals were heard by this thread, by the other, and in all. Where both listen, both hear of the
   * same: so it is the larger number, and this thread's is brought up to it when it alone listens.
   */
  #mainCount = 0;
  #threadCount = 0;
  #count = 0;

  constructor(system: System) {
    this.#system = system;
    const { promise, resolve } = Promise.withResolvers<number>();
    this.second = promise;
    this.#exit = (code) => {
      this.#onForcedExit();
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
    // A promise at once: one that rejects while listening is handed back is not left alone.
    const result = Promise.try(call);
    result.catch(() => {});
    await this.#stopThread(thread);
    return await result;
  }

  async withDelayedSignalThread<T>(work: () => Promise<T>): Promise<T> {
    await eventLoopTurn(); // what has come before that is heard here
    await this.#duplicateWindow;
    this.stop();
    const thread = this.#signalThread = this.code === undefined
      ? this.#system.onFirstSignal(this.#onThreadSignal, SIGNAL_THREAD_DELAY_MS)
      : undefined; // the second signal is to end the process
    try {
      return await work();
    } finally {
      this.#signalThread = undefined;
      await this.#stopThread(thread);
    }
  }

  onForcedExit(call: () => void): void {
    this.#onForcedExit = call;
  }

  async drain(): Promise<void> {
    await eventLoopTurn();
    await this.#signalThread?.drain();
  }

  /**
   * The same at once, and without a moment in which nobody listens: this thread does until the other one
   * does. What both of them hear is one signal.
   */
  async #startThread(): Promise<SignalThread | undefined> {
    if (this.code === undefined) {
      const thread = this.#system.startSignalThread(this.#onThreadSignal);
      await thread.listening;
      await eventLoopTurn(); // what has come before that is heard here, if at all
      if (this.code === undefined) {
        this.stop();
        return thread;
      }
      thread.stop();
    }
    await this.#duplicateWindow;
    this.stop(); // the second signal is to end the process
    return undefined;
  }

  /** The other thread has heard its signal: it is started when there was none, and hears one. */
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

  /** A terminal that is closed sends its signal, and the shell does, when it ends: that is no hurry. */
  #exitLater(code: number): void {
    Deno.unrefTimer(setTimeout(() => this.#exit(code), HANGUP_TIMEOUT_MS));
  }

  #cancel(signal: ExitSignal): void {
    this.code = SIGNAL_CODES[signal];
    this.#unreported = signal;
    this.#duplicateWindow = new Promise((resolve) => setTimeout(resolve, DUPLICATE_SIGNAL_MS)).then(
      () => {
        this.#isWindowOver = true;
        this.report(); // it is true from now on
      },
    );
    this.#controller.abort("interrupted");
  }

  report(): void {
    if (this.#unreported === undefined) return;
    const then = this.#unreported === "SIGHUP"
      ? `waiting up to ${HANGUP_TIMEOUT_MS / 1000} s for running tasks`
      : "waiting for running tasks; a second signal exits at once";
    const line = `${this.#unreported}: ${then}`;
    this.#unreported = undefined;
    try {
      this.#system.err(line);
    } catch {
      // there is nowhere to say it, and all is to be torn down nevertheless
    }
  }
}
