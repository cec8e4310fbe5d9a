/** Forwards signals to a respawned process. */
import type { ExitSignal } from "../exit_code.ts";
import type { System } from "../system/system.ts";

/**
 * Forwards the signals that reach only this process. A terminal sends Ctrl-C to both processes: a
 * forwarded one would count as a second signal.
 */
export class SignalForwarder implements Disposable {
  /** The first signal before the child was started: then it is not started. */
  earlySignal: ExitSignal | undefined;
  readonly #stop: () => void;
  #child: Deno.ChildProcess | undefined;

  constructor(system: System) {
    this.#stop = system.onSignal((signal) => this.#forward(signal));
  }

  /** Forwards signals to a child from now on. */
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
    if (isSentToGroup(signal)) return;
    try {
      this.#child.kill(signal);
    } catch {
      // the child has exited in the meantime
    }
  }
}

/** Whether a signal is likely to have reached the child, too: Ctrl-C in a terminal. */
export function isSentToGroup(signal: ExitSignal): boolean {
  return signal === "SIGINT" && (Deno.build.os === "windows" || hasTerminal());
}

/** Whether a terminal controls this process, even if its streams are redirected. */
function hasTerminal(): boolean {
  try {
    Deno.openSync("/dev/tty").close();
    return true;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotCapable)) return false;
    return [Deno.stdin, Deno.stdout, Deno.stderr].some((it) => it.isTerminal());
  }
}
