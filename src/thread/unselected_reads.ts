/**
 * Results that tasks read though the run does not have their tasks: a read gives undefined, and the failure
 * that follows has a hint. The reads of one attempt are kept, by the object that stands for the attempt.
 */
import { quoteList } from "../base/text_format.ts";
import type { NamedTask } from "../task/task.ts";

/** Maximum number of names in one hint: it is one line. */
const NAMED_MAX = 5;

/** See the head of this file. */
export class UnselectedReads {
  readonly #unselected: readonly NamedTask[];
  /** What may be read: a task that was not selected, or a task with such a case. */
  readonly #readable: ReadonlySet<string>;
  readonly #read = new Set<string>();
  #attempt: object | undefined;

  /** @param unselected Dependencies that were not selected. */
  constructor(unselected: readonly NamedTask[]) {
    this.#unselected = unselected;
    this.#readable = new Set(unselected.flatMap(readNames));
  }

  /** An attempt reads a result. */
  add(attempt: object, name: string): void {
    if (!this.#readable.has(name)) return;
    if (attempt !== this.#attempt) this.#read.clear();
    this.#attempt = attempt;
    this.#read.add(name);
  }

  /**
   * Describes what the attempt has read in vain.
   *
   * @param dependencies The declared dependencies of its task.
   */
  hint(attempt: object, dependencies: readonly string[]): string | undefined {
    if (attempt !== this.#attempt) return undefined;
    const declared = new Set(dependencies);
    const names = this.#unselected
      .filter((it) => declared.has(it.name) && readNames(it).some((name) => this.#read.has(name)))
      .map(({ name }) => name);
    if (names.length === 0) return undefined;
    return names.length === 1
      ? `${quoteList(names)} was not selected, and has no result; --with-deps selects it`
      : `${
        quoteList(names, NAMED_MAX)
      } were not selected, and have no results; --with-deps selects them`;
  }
}

/** The names under which the result of a task is read: its own, and of a case that of its task. */
function readNames({ name, caseOf }: NamedTask): string[] {
  return caseOf === undefined ? [name] : [name, caseOf];
}
