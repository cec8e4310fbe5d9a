/**
 * Ends what the server has started, should the server be killed: else a run would go on that nobody sees
 * or can cancel. A shell waits for the end of its input, which the system closes with the server, however
 * that ends. The process itself could not look for its parent: it may be busy, or still load its module.
 */

/** A line lets it go. The run may end as by Ctrl-C; then all that it has started has to. */
const SCRIPT = `read -r _ && exit
kill -s INT "$1"
sleep 2
kill -s KILL -- "-$1"
rm -rf -- "$2"`;

/**
 * Has a process, and all of its group, end with this one.
 *
 * @param folder Removed then; empty for none.
 * @returns Lets it go: it has ended.
 */
export function watchChild({ pid }: Deno.ChildProcess, folder: string): () => void {
  if (Deno.build.os === "windows") return () => {};
  const shell = startShell(["-c", SCRIPT, "tdrun-ui-guard", String(pid), folder]);
  shell?.unref();
  return () => {
    const input = shell?.stdin.getWriter();
    // Somebody may have ended the shell before.
    input?.write(new TextEncoder().encode("\n")).then(() => input.close()).catch(() => {});
  };
}

/** It has a group of its own, too: what ends the group of the server is not for it. */
function startShell(args: readonly string[]): Deno.ChildProcess | undefined {
  try {
    const options = { stdin: "piped", stdout: "null", stderr: "null", detached: true } as const;
    return new Deno.Command("sh", { args: [...args], ...options }).spawn();
  } catch {
    return undefined; // there is none
  }
}
