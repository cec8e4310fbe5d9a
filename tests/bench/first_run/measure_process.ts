/** Measures a whole process of Deno: its time, and its peak memory. */

/** The figures of one process. */
export interface ProcessFigures {
  /** From its start to its end, in milliseconds. */
  readonly ms: number;
  /** Peak resident memory, in MiB. */
  readonly peakMiB: number;
}

/**
 * Runs a process by `/usr/bin/time`, which measures memory and takes 1 ms.
 *
 * @param args The arguments of `deno`.
 * @throws {Error} when the process fails.
 */
export async function measureProcess(
  args: readonly string[],
  cwd: string,
): Promise<ProcessFigures> {
  const start = performance.now();
  const { code, stderr } = await new Deno.Command("/usr/bin/time", {
    args: ["--format=%M", Deno.execPath(), ...args],
    cwd,
    stdout: "null",
    stderr: "piped",
    env: { NO_COLOR: "1" },
  }).output();
  const ms = performance.now() - start;
  const text = new TextDecoder().decode(stderr).trim();
  if (code !== 0) throw new Error(`deno ${args.join(" ")} ended with ${code}: ${text}`);
  return { ms, peakMiB: Number(text.split("\n").at(-1)) / 1024 };
}
