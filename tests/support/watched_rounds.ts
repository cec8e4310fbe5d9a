/** Rounds of `--watch`, as its standard error shows them. */
import { bounded } from "./bounded.ts";
import type { RunningCommand } from "./command.ts";

/** Waits until the watch is idle after a text. */
export async function idleAfter(watch: RunningCommand, text: string): Promise<void> {
  await watch.waitFor(text);
  while (!/Watching \d+ files?\n$/.test(watch.stderr)) {
    await bounded(watch.nextOutput(), "the end of the round");
  }
}

/** The standard error of the last round. */
export function lastRound(stderr: string): string {
  return stderr.split(/Watching \d+ files?.*\n/).at(-2)!;
}

/** Whether a process is running. */
export function isRunning(pid: number): boolean {
  try {
    return !/^State:\s*[ZX]/m.test(Deno.readTextFileSync(`/proc/${pid}/status`));
  } catch {
    return false;
  }
}
