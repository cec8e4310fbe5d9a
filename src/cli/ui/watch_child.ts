/**
 * Ends a child process when the server is killed: otherwise its run would continue unseen, and
 * could not be cancelled. A shell waits for the end of its standard input, which the system closes
 * when the server ends in any way. The child cannot watch the server itself: it may be busy, or
 * still be loading its module.
 */

/**
 * Exits on a line of input. At the end of input, interrupts the run as Ctrl-C does, and after two
 * seconds kills the process group and removes the folder.
 */
const SCRIPT = `read -r _ && exit
kill -s INT "$1"
sleep 2
kill -s KILL -- "-$1"
rm -rf -- "$2"`;

/**
 * Ends a process and its group if this process is killed.
 *
 * @param folder The folder to remove then; empty for none.
 * @returns A function that stops watching, for when the process has exited.
 */
export function watchChild({ pid }: Deno.ChildProcess, folder: string): () => void {
  if (Deno.build.os === "windows") return () => {};
  const shell = startShell(["-c", SCRIPT, "tdrun-ui-guard", String(pid), folder]);
  shell?.unref();
  return () => {
    const input = shell?.stdin.getWriter();
    // The shell may have been killed.
    input?.write(new TextEncoder().encode("\n")).then(() => input.close()).catch(() => {});
  };
}

/** Starts a shell in its own process group: a signal to the server's group does not reach it. */
function startShell(args: readonly string[]): Deno.ChildProcess | undefined {
  try {
    const options = { stdin: "piped", stdout: "null", stderr: "null", detached: true } as const;
    return new Deno.Command("sh", { args: [...args], ...options }).spawn();
  } catch {
    return undefined; // there is no shell
  }
}
