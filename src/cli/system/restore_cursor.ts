/**
 * The cursor comes back even if this process is killed, or ends itself for want of memory: a shell sees
 * its input end then, and says to the terminal what this process cannot say any more.
 */
import { isGranted } from "../../runtime/permissions.ts";
import { ERASE_AFTER, RESET_STYLE, SHOW_CURSOR, WRAP_ON } from "../../report/live/ansi_escapes.ts";

const LAST_WORDS = RESET_STYLE + WRAP_ON + ERASE_AFTER + SHOW_CURSOR;
const SHELL = "/bin/sh";
const SCRIPT = `trap '' HUP INT QUIT TERM TSTP TTOU; read -r _ || printf %s "$1" >&2`;

/**
 * From now on the cursor is looked after, where there is a shell that may be run.
 *
 * @returns Ends that.
 */
export function restoreCursorOnExit(): () => void {
  if (Deno.build.os === "windows" || !isGranted({ name: "run", command: SHELL })) return () => {};
  try {
    const child = new Deno.Command(SHELL, {
      args: ["-c", SCRIPT, "thread-order", LAST_WORDS],
      stdin: "piped",
      stdout: "null",
      stderr: "inherit",
    }).spawn();
    child.unref();
    return () => end(child);
  } catch {
    return () => {}; // there is no shell, or no room for another process: then nobody looks after it
  }
}

function end(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGKILL");
  } catch {
    // it has gone by itself
  }
}
