/**
 * Reads of results whose tasks were not selected: a read returns undefined, and the failure that
 * follows gets a hint. The reads of the current attempt are kept.
 */
import { quoteList } from "../base/text_format.ts";
import type { NamedTask } from "../task/task.ts";

/** Maximum number of names in one hint: it is one line. */
const NAMED_MAX = 5;

/** Records reads of unselected results, for a hint in the failure. */
export class UnselectedReads {
  readonly #unselected: readonly NamedTask[];
  /** The names that can be read: of an unselected task, or of a task with such a case. */
  readonly #readable: ReadonlySet<string>;
  readonly #read = new Set<string>();
  #attempt: object | undefined;

  /** @param unselected Dependencies that were not selected. */
  constructor(unselected: readonly NamedTask[]) {
    this.#unselected = unselected;
    this.#readable = new Set(unselected.flatMap(readNames));
  }

  /** Records a read of a result by an attempt. */
  add(attempt: object, name: string): void {
    if (!this.#readable.has(name)) return;
    if (attempt !== this.#attempt) this.#read.clear();
    this.#attempt = attempt;
    this.#read.add(name);
  }

  /**
   * Formats a hint that names the unselected results that the attempt has read.
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

/** The names of a task's result: its own and, for a case, that of its task. */
function readNames({ name, caseOf }: NamedTask): string[] {
  return caseOf === undefined ? [name] : [name, caseOf];
}
