/**
 * Processes and their leaks. The operating system sends no notification, so these functions poll.
 */
import { bounded } from "./bounded.ts";

/** Resolves when a process has ended; a zombie counts as ended. */
export function gone(pid: number): Promise<void> {
  return until(async () => !await isRunning(pid), `process ${pid} to be gone`);
}

/** Resolves when any process has a word among its arguments. */
export function someHave(word: string): Promise<void> {
  return until(() => isArgument(word), `a process with "${word}" to be there`);
}

/** Resolves when no process has a word among its arguments. */
export function noneHave(word: string): Promise<void> {
  return until(async () => !await isArgument(word), `processes with "${word}" to be gone`);
}

/** Resolves when a folder is empty. */
export function removed(folder: string): Promise<void> {
  return until(() => [...Deno.readDirSync(folder)].length === 0, `${folder} to be empty`);
}

function until(isSo: () => boolean | Promise<boolean>, what: string): Promise<void> {
  let isWanted = true;
  const look = async () => {
    while (isWanted && !await isSo()) await new Promise((resolve) => setTimeout(resolve, 5));
  };
  return bounded(look(), what).finally(() => isWanted = false);
}

async function isRunning(pid: number): Promise<boolean> {
  const args = ["-o", "stat=", "-p", String(pid)];
  const { stdout } = await new Deno.Command("ps", { args }).output();
  const state = new TextDecoder().decode(stdout).trim();
  return state !== "" && !state.startsWith("Z");
}

async function isArgument(word: string): Promise<boolean> {
  const { stdout } = await new Deno.Command("ps", { args: ["-eo", "args"] }).output();
  return new TextDecoder().decode(stdout).split("\n").some((line) => line.includes(word));
}
