/** Ends a process at once, and all that it has started: a busy one would not hear of anything less. */
export function killProcessGroup(child: Deno.ChildProcess): void {
  try {
    if (Deno.build.os === "windows") child.kill("SIGKILL");
    else Deno.kill(-child.pid, "SIGKILL"); // the group that it leads
  } catch {
    // it has ended by itself
  }
}
