/**
 * Which results a task may read when a run is strict: those of the tasks it comes after, near or far. A
 * read of any other finds the value or not, as the threads happen to run; the missing edge is found on
 * the first run instead of on a bad day. Nor may it read a result that no task has: that is a typing error,
 * and undefined would be a wrong result.
 */
import { meantHint } from "../base/suggest.ts";
import { formatPathStep } from "../state/replica/value_encoder.ts";
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
  /** The cases of tasks that have cases, by the name of the task. Undefined until it is needed. */
  #cases: ReadonlyMap<string, readonly string[]> | undefined;

  /** @param tasks The tasks of the module. */
  constructor(tasks: ReadonlyMap<string, FoundTask>) {
    this.#tasks = tasks;
  }

  /**
   * Checks a read of a task's result, or of the results of all its cases.
   *
   * @returns The error it comes to, or undefined when all is well.
   */
  check(reader: string, name: string): UndeclaredReadError | undefined {
    const read = this.#tasks.has(name) ? [name] : this.#casesOf(name);
    if (read.length === 0) return undefined;
    if (reader !== this.#reader) {
      this.#reader = reader;
      this.#upstream = this.#upstreamOf(reader);
    }
    const missing = read.find((it) => !this.#upstream.has(it));
    if (missing === undefined) return undefined;
    return new UndeclaredReadError(
      `${readText(reader, name)}, and does not come after "${missing}": add it to \`after\``,
    );
  }

  /**
   * Checks a read of a result that is not there: of a task, of a task with cases, or a probe that any object
   * is put to (`await` reads `then`).
   *
   * @returns The error it comes to if there is no such task.
   */
  checkUnknown(reader: string, name: string): UndeclaredReadError | undefined {
    if (this.#tasks.has(name) || isProbe(name) || this.#casesOf(name).length > 0) return undefined;
    const known = [...this.#tasks.keys(), ...this.#allCases().keys()];
    return new UndeclaredReadError(
      `${readText(reader, name)}, and there is no task "${name}"${meantHint(name, known)}`,
    );
  }

  #casesOf(name: string): readonly string[] {
    return this.#allCases().get(name) ?? [];
  }

  #allCases(): ReadonlyMap<string, readonly string[]> {
    if (this.#cases !== undefined) return this.#cases;
    const cases = new Map<string, string[]>();
    for (const { spec: { name, caseOf } } of this.#tasks.values()) {
      if (caseOf !== undefined) cases.getOrInsertComputed(caseOf, () => []).push(name);
    }
    return this.#cases = cases;
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

function readText(reader: string, name: string): string {
  return `"${reader}" reads state.results${formatPathStep(name)}`;
}

/** Names that the runtime and libraries read of objects which they know nothing of. */
function isProbe(name: string): boolean {
  return name in Object.prototype || name === "then" || name === "toJSON";
}
