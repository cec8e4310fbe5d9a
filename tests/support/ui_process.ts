/** A process that serves the web UI, for tests, benchmarks and pictures. */
import type { RunningCommand } from "./command.ts";

/** Resolves to the URL of the page when the process serves it. */
export async function uiUrl(command: RunningCommand): Promise<string> {
  await command.waitFor("Press Ctrl-C to stop");
  return /http:\S+/.exec(command.stderr)![0];
}

/** Passes the URL on, and ends the process afterwards. */
export async function withUiProcess<T>(
  command: RunningCommand,
  use: (url: string) => Promise<T>,
): Promise<T> {
  try {
    return await use(await uiUrl(command));
  } finally {
    command.kill("SIGINT");
    await command.ended;
  }
}
