/** Kills a process and its process group: a busy process does not react to a milder signal. */
export function killProcessGroup(child: Deno.ChildProcess): void {
  try {
    if (Deno.build.os === "windows") child.kill("SIGKILL");
    else Deno.kill(-child.pid, "SIGKILL"); // the group that it leads
  } catch {
    // The process has already ended.
  }
}
