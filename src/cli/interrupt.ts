/**
 * Ctrl-C. The first cancels the run: nothing more is started, running tasks are told and may end. The
 * second does not wait for them.
 */
import { ExitCode } from "./exit_code.ts";
import type { Host, HostSignal } from "./host.ts";

const CODES: Readonly<Record<HostSignal, number>> = {
  SIGINT: ExitCode.INTERRUPTED,
  SIGTERM: ExitCode.TERMINATED,
};

/**
 * Does something that signals interrupt.
 *
 * @param isListening False leaves signals to end the process: where tasks run on the main thread, a
 * busy one would keep the handler from ever being called.
 * @param work Gets what is aborted at the first signal.
 * @returns What `work` returned, or the signal's exit code.
 */
export async function interruptible(
  host: Host,
  isListening: boolean,
  work: (signal: AbortSignal) => Promise<number>,
): Promise<number> {
  const controller = new AbortController();
  if (!isListening) return await work(controller.signal);
  let code: number | undefined;
  let giveUp: (code: number) => void = () => {};
  const second = new Promise<number>((resolve) => giveUp = resolve);
  const stop = host.onSignal((signal) => {
    if (code !== undefined) return giveUp(code);
    code = CODES[signal];
    host.err(`${signal}: running tasks may end; once more to leave at once`);
    controller.abort("interrupted");
  });
  try {
    const done = await Promise.race([work(controller.signal), second]);
    return code ?? done;
  } finally {
    stop();
  }
}
