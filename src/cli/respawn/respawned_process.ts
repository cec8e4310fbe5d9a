/** A process that runs the command again: how it is told so, and what it does first. */
import { envIfPermitted } from "../../runtime/permissions.ts";
import { setInterval } from "../../runtime/timers.ts";

/** Set for a process that runs again, to the folder it is to start in: nobody asks there once more. */
export const RESPAWN_CWD = "TDRUN_RESPAWN_CWD";
/** Set with it, to a file that the process removes when it has come so far. */
export const RESPAWN_PENDING = "TDRUN_RESPAWN_PENDING";

/** How often a process that runs again looks whether the one that started it is still there. */
const PARENT_POLL_MS = 500;

/**
 * To be called first of all: a process that runs again goes where it is to be.
 *
 * @returns Undefined where this process does not run again. Otherwise what has it end, as if it was told to,
 * when the one that started it is gone: for when the module is loaded. Until then no timer is set, since
 * with one, of whatever kind, Deno does not notice that a module awaits what never comes.
 */
export function initRespawned(): (() => void) | undefined {
  const folder = envIfPermitted(RESPAWN_CWD);
  if (folder === undefined) return undefined;
  Deno.env.delete(RESPAWN_CWD); // what tasks start is none of ours
  const pending = envIfPermitted(RESPAWN_PENDING);
  if (pending) Deno.removeSync(pending);
  if (pending) Deno.env.delete(RESPAWN_PENDING);
  if (folder !== Deno.cwd()) Deno.chdir(folder);
  const parent = Deno.ppid;
  return () => {
    const poll = setInterval(() => {
      if (Deno.ppid !== parent) Deno.kill(Deno.pid, "SIGTERM");
    }, PARENT_POLL_MS);
    Deno.unrefTimer(poll);
  };
}
