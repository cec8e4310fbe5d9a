/**
 * Which results a task may read when a run is strict: those of the tasks it comes after, near or far. A
 * read of any other finds the value or not, as the threads happen to run; the missing edge is found on
 * the first run instead of on a bad day.
 */
import type { FoundTask } from "../task/task.ts";

/** A task read a result that its place in the order does not promise. */
export class UndeclaredReadError extends Error {
  override name = "UndeclaredReadError";
}

/** See the head of this file. */
export class DeclaredReads {
  readonly #tasks: ReadonlyMap<string, FoundTask>;
  #reader: string | undefined;
  /** All that the reader comes after. */
  #upstream: ReadonlySet<string> = new Set();

  /** @param tasks The tasks of the module. */
  constructor(tasks: ReadonlyMap<string, FoundTask>) {
    this.#tasks = tasks;
  }

  /**
   * Looks at a read.
   *
   * @returns The error it comes to, or undefined when all is well. Names of no task are nobody's result.
   */
  check(reader: string, name: string): UndeclaredReadError | undefined {
    if (!this.#tasks.has(name)) return undefined;
    if (reader !== this.#reader) {
      this.#reader = reader;
      this.#upstream = this.#upstreamOf(reader);
    }
    if (this.#upstream.has(name)) return undefined;
    return new UndeclaredReadError(
      `"${reader}" reads state.results.${name}, and does not come after "${name}": add it to \`after\``,
    );
  }

  #upstreamOf(reader: string): Set<string> {
    const upstream = new Set<string>();
    const worklist = [reader];
    for (let name = worklist.pop(); name !== undefined; name = worklist.pop()) {
      for (const before of this.#tasks.get(name)?.spec.after ?? []) {
        if (upstream.has(before)) continue;
        upstream.add(before);
        worklist.push(before);
      }
    }
    return upstream;
  }
}
