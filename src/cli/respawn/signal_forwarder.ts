/** Signals, for a process that does nothing but wait for another. */
import type { ExitSignal } from "../exit_code.ts";
import type { System } from "../system/system.ts";

/**
 * Passes on the signals that reach this process alone. A terminal sends Ctrl-C to both processes: passed
 * on as well, it would count as the second one.
 */
export class SignalForwarder implements Disposable {
  /** The first that came while there was no other process; none has to be started any more. */
  earlySignal: ExitSignal | undefined;
  readonly #stop: () => void;
  #child: Deno.ChildProcess | undefined;

  constructor(system: System) {
    this.#stop = system.onSignal((signal) => this.#forward(signal));
  }

  /** From now on there is a process to pass them on to. */
  forwardTo(child: Deno.ChildProcess): void {
    this.#child = child;
  }

  [Symbol.dispose](): void {
    this.#stop();
  }

  #forward(signal: ExitSignal): void {
    if (this.#child === undefined) {
      this.earlySignal ??= signal;
      return;
    }
    if (signal === "SIGINT" && (Deno.build.os === "windows" || hasTerminal())) return;
    try {
      this.#child.kill(signal);
    } catch {
      // it has ended in the meantime
    }
  }
}

/** Whether a terminal controls this process, wherever its streams go. */
function hasTerminal(): boolean {
  try {
    Deno.openSync("/dev/tty").close();
    return true;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotCapable)) return false;
    return [Deno.stdin, Deno.stdout, Deno.stderr].some((it) => it.isTerminal());
  }
}
