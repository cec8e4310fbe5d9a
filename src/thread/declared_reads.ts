/**
 * The results that a task may read in a strict run: those of its direct and indirect dependencies.
 * A read of any other result depends on timing; a strict run finds the missing dependency on the
 * first run. A result that no task has cannot be read either: the name is misspelled, and undefined
 * would be a wrong result.
 */
import { didYouMean } from "../base/suggest.ts";
import { formatPathStep } from "../state/replica/value_encoder.ts";
import type { TaskMap } from "../task/task.ts";

/** A task read a result without depending on its task. */
export class UndeclaredReadError extends Error {
  override name = "UndeclaredReadError";
}

/** Checks that tasks read only results of their dependencies. */
export class DeclaredReads {
  readonly #tasks: TaskMap;
  #reader: string | undefined;
  /** All direct and indirect dependencies of the reader. */
  #upstream: ReadonlySet<string> = new Set();
  /** The cases of tasks that have cases, by the name of the task; computed on first use. */
  #cases: ReadonlyMap<string, readonly string[]> | undefined;

  /** @param tasks The tasks of the module. */
  constructor(tasks: TaskMap) {
    this.#tasks = tasks;
  }

  /**
   * Checks a read of a task's result, or of the results of all its cases.
   *
   * @returns The error of an undeclared read, or undefined.
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
      `${readText(reader, name)}, but does not depend on "${missing}": add it to \`after\``,
    );
  }

  /**
   * Checks a read of a missing result: of a task, of a task with cases, or of a property that code
   * probes on any object (`await` reads `then`).
   *
   * @returns The error if there is no such task, or undefined.
   */
  checkUnknown(reader: string, name: string): UndeclaredReadError | undefined {
    if (this.#tasks.has(name) || isProbe(name) || this.#casesOf(name).length > 0) return undefined;
    const known = [...this.#tasks.keys(), ...this.#allCases().keys()];
    return new UndeclaredReadError(
      `${readText(reader, name)}, but there is no task "${name}"${didYouMean(name, known)}`,
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

/** Whether the runtime and libraries read this property of objects of unknown type. */
export function isProbe(name: string): boolean {
  return name in Object.prototype || name === "then" || name === "toJSON";
}
