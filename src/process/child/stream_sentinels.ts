/** Marks in the standard streams of a process where the output of a task ends. */

/**
 * Makes what marks the streams; to be called before `Deno.stdout` is replaced.
 *
 * @returns Writes the mark, and says into which streams: a task may have closed one.
 */
export function createSentinelWriter(mark: string): () => ("stdout" | "stderr")[] {
  const bytes = new TextEncoder().encode(`${mark}\n`);
  const streams = (["stdout", "stderr"] as const).map((name) => {
    const stream = Deno[name];
    return { name, write: stream.writeSync.bind(stream) };
  });
  return () =>
    streams.filter(({ write }) => {
      try {
        return write(bytes) === bytes.length;
      } catch {
        return false;
      }
    }).map(({ name }) => name);
}
