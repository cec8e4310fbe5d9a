/** The child process of a respawn: its environment, and its first steps. */
import { envIfPermitted } from "../../runtime/permissions.ts";
import { setInterval } from "../../runtime/timers.ts";

/**
 * Environment variable of a respawned process: the folder to change to. It does not respawn again.
 */
export const RESPAWN_CWD = "TDRUN_RESPAWN_CWD";
/** Environment variable of a respawned process: a file that it removes when it has started. */
export const RESPAWN_PENDING = "TDRUN_RESPAWN_PENDING";
/** Environment variable of a round's process: the path of the file for its messages. */
export const ROUND_MESSAGES = "TDRUN_WATCH_MESSAGES";

/** Interval at which a respawned process checks its parent, in milliseconds. */
const PARENT_POLL_MS = 500;

/**
 * Initializes a respawned process; has to be called before anything else.
 *
 * @returns Undefined if this process is not respawned. Otherwise a function that starts to watch
 * the parent, and sends SIGTERM to this process when the parent is gone. It is called after the
 * module is loaded: with a timer, Deno does not detect a top-level await that never settles.
 */
export function initRespawned(): (() => void) | undefined {
  const folder = envIfPermitted(RESPAWN_CWD);
  if (folder === undefined) return undefined;
  Deno.env.delete(RESPAWN_CWD); // children of tasks are not respawned processes
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
