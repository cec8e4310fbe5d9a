/** Signals, for a process that does nothing but wait for another. */
import { onSignal } from "./host.ts";

/**
 * Passes on the signals that reach this process alone. A terminal sends Ctrl-C to both processes: passed
 * on as well, it would count as the second one.
 */
export function passOnSignals(child: Deno.ChildProcess): Disposable {
  const isWindows = Deno.build.os === "windows";
  const signals: Deno.Signal[] = isWindows ? ["SIGINT"] : ["SIGINT", "SIGTERM", "SIGHUP"];
  const pass = (signal: Deno.Signal) => {
    if (signal === "SIGINT" && (isWindows || hasTerminal())) return;
    try {
      child.kill(signal);
    } catch {
      // it has ended in the meantime
    }
  };
  const stops = signals.map((signal) => onSignal(signal, pass));
  return { [Symbol.dispose]: () => stops.forEach((stop) => stop()) };
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
