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
  HUNG_UP_MS,
  SAME_MS,
  type SignalThread,
  type SignalThreadHandle,
} from "./signal_thread.ts";

/** Tasks that take longer than this, all together, are worth a thread that hears signals for them. */
const PATIENCE_MS = 200;

/** What is done while signals interrupt it. */
export interface Interrupt {
  /** Is aborted at the first signal. */
  readonly signal: AbortSignal;
  /** Calls what may block this thread, and need not come to its end. */
  unheard<T>(call: () => T): T;
  /** Calls what may block this thread, and is to come to its end: the first signal lets it. */
  heardAside<T>(call: () => T): Promise<Awaited<T>>;
  /**
   * Does what may block this thread again and again: tasks. Signals are heard on another thread in the
   * meantime, after a moment, and the second of them ends the process.
   */
  aside<T>(work: () => Promise<T>): Promise<T>;
  /** Resolves when the signals that have come by now were handled, whichever thread receives them. */
  handled(): Promise<void>;
  /** Has this called when the process is to end at once, whatever still runs. */
  onLeave(call: () => void): void;
  /** Says that a signal has come, if that is not said yet. */
  tell(): void;
}

/**
 * Does something that signals interrupt.
 *
 * @param fail Says what went wrong, where that comes after a signal: it is not what the command exits with.
 * @returns What `work` returned, or the signal's exit code.
 */
export async function interruptible(
  system: System,
  fail: (error: unknown) => void,
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
    fail(error);
    return signals.code;
  } finally {
    signals.tell();
    signals.stop();
  }
}

class Signals implements Interrupt {
  /** What the first signal comes to, once it has come. */
  code: number | undefined;
  /** Resolves to the same at the second. */
  readonly second: Promise<number>;
  readonly #leave: (code: number) => void;
  readonly #system: System;
  readonly #controller = new primordials.AbortController();
  #stop: () => void = () => {};
  /** The first signal, until it is said that it has come. */
  #untold: ExitSignal | undefined;
  /** Resolves when the next signal is the second one; undefined while there was none. */
  #whole: Promise<void> | undefined;
  #isWhole = false;
  #onLeave: () => void = () => {};
  /** Receives signals while tasks run on this thread. */
  #listener: SignalThreadHandle | undefined;
  /**
   * How many signals were heard by this thread, by the other, and in all. Where both listen, both hear of the
   * same: so it is the larger number, and this thread's is brought up to it when it alone listens.
   */
  #here = 0;
  #aside = 0;
  #heard = 0;

  constructor(system: System) {
    this.#system = system;
    const { promise, resolve } = Promise.withResolvers<number>();
    this.second = promise;
    this.#leave = (code) => {
      this.#onLeave();
      resolve(code);
    };
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  listen(): void {
    this.#here = this.#heard;
    this.#stop = this.#system.onSignal((signal) => {
      this.#here++;
      this.#hear(signal);
    });
  }

  stop(): void {
    this.#stop();
    this.#stop = () => {};
  }

  unheard<T>(call: () => T): T {
    this.stop();
    try {
      return call();
    } finally {
      this.listen();
    }
  }

  async heardAside<T>(call: () => T): Promise<Awaited<T>> {
    const aside = await this.#handOver();
    // A promise at once: one that rejects while listening is handed back is not left alone.
    const result = Promise.try(call);
    result.catch(() => {});
    await this.#takeBack(aside);
    return await result;
  }

  async aside<T>(work: () => Promise<T>): Promise<T> {
    await eventLoopTurn(); // what has come before that is heard here
    await this.#whole;
    this.stop();
    const aside = this.#listener = this.code === undefined
      ? this.#system.onFirstSignal(this.#onThreadSignal, PATIENCE_MS)
      : undefined; // the second signal is to end the process
    try {
      return await work();
    } finally {
      this.#listener = undefined;
      await this.#takeBack(aside);
    }
  }

  onLeave(call: () => void): void {
    this.#onLeave = call;
  }

  async handled(): Promise<void> {
    await eventLoopTurn();
    await this.#listener?.handled();
  }

  /**
   * The same at once, and without a moment in which nobody listens: this thread does until the other one
   * does. What both of them hear is one signal.
   */
  async #handOver(): Promise<SignalThread | undefined> {
    if (this.code === undefined) {
      const aside = this.#system.startSignalThread(this.#onThreadSignal);
      await aside.isListening;
      await eventLoopTurn(); // what has come before that is heard here, if at all
      if (this.code === undefined) {
        this.stop();
        return aside;
      }
      aside.stop();
    }
    await this.#whole;
    this.stop(); // the second signal is to end the process
    return undefined;
  }

  /** The other thread has heard its signal: it is started when there was none, and hears one. */
  #onThreadSignal = (signal: ExitSignal): void => {
    this.#aside = 1;
    this.#hear(signal);
  };

  async #takeBack(aside: SignalThreadHandle | undefined): Promise<void> {
    aside?.look();
    this.listen();
    if (aside === undefined) return;
    await aside.end();
    await eventLoopTurn();
    this.#here = this.#heard;
  }

  #hear(signal: ExitSignal): void {
    const heard = Math.max(this.#here, this.#aside);
    if (heard === this.#heard) return;
    this.#heard = heard;
    if (this.code === undefined) this.#cancel(signal);
    else if (this.#isWhole && signal !== "SIGHUP") this.#leave(this.code);
    if (signal === "SIGHUP") this.#leaveLater(this.code!);
  }

  /** A terminal that is closed sends its signal, and the shell does, when it ends: that is no hurry. */
  #leaveLater(code: number): void {
    Deno.unrefTimer(setTimeout(() => this.#leave(code), HUNG_UP_MS));
  }

  #cancel(signal: ExitSignal): void {
    this.code = SIGNAL_CODES[signal];
    this.#untold = signal;
    this.#whole = new Promise((resolve) => setTimeout(resolve, SAME_MS)).then(() => {
      this.#isWhole = true;
      this.tell(); // it is true from now on
    });
    this.#controller.abort("interrupted");
  }

  tell(): void {
    if (this.#untold === undefined) return;
    const then = this.#untold === "SIGHUP"
      ? `they have ${HUNG_UP_MS / 1000} s`
      : "once more to leave at once";
    const line = `${this.#untold}: running tasks may end; ${then}`;
    this.#untold = undefined;
    try {
      this.#system.err(line);
    } catch {
      // there is nowhere to say it, and all is to be torn down nevertheless
    }
  }
}
