/**
 * The cases of a run. A case has one value per run: that of the main thread. A thread that loads the module
 * evaluates `each` again, and may find other values: a folder has other files by then, a list is shuffled.
 * So each thread is sent the cases of the main thread, and compares.
 */
import type { CaseResults } from "../state/results_view.ts";
import { DescribedValues, ValueDescriber, type ValueDescription } from "../state/value_bytes.ts";
import { caseEntries, caseName, type CasesOf, casesOf } from "../task/cases.ts";
import type { FoundTask } from "../task/task.ts";

/** A case as the main thread has it. */
export interface RunCase extends ValueDescription {
  readonly key: string;
}

/** The cases of a task, and the long strings of their values. */
export type TaskCases = readonly [
  task: string,
  cases: readonly RunCase[],
  strings: readonly string[],
];

/** The cases of a module by task, in their order. Plain data. */
export type RunCases = readonly TaskCases[];

/** A thread has no value for a case that is the run's. */
export class CaseValueError extends Error {
  override name = "CaseValueError";
}

/** Describes the cases among the tasks of a module. */
export function describeCases(tasks: readonly FoundTask[]): RunCases {
  const byTask = new Map<string, { cases: RunCase[]; describer: ValueDescriber }>();
  for (const { case: it, spec } of tasks) {
    if (it === undefined) continue;
    const { cases, describer } = byTask.getOrInsertComputed(
      spec.caseOf!,
      () => ({ cases: [], describer: new ValueDescriber() }),
    );
    cases.push({ key: it.key, ...describer.describe(it.value()) });
  }
  return Array.from(byTask, ([task, { cases, describer }]) => [task, cases, describer.strings]);
}

/**
 * Finds the cases of a run in a thread that has loaded the module for itself: their keys are those of the
 * run. A value that is the same here is taken from here; another one is the run's where it can be shared,
 * and fails the task where it cannot.
 *
 * Values are described as soon as the module is loaded, as they are on the main thread: later a task may
 * have changed them.
 */
export function casesOfRun(run: RunCases): CasesOf {
  const byTask = new Map(run.map((cases) => [cases[0], cases]));
  return (task, each) => {
    const cases = byTask.get(task);
    if (cases === undefined) return casesOf(task, each);
    const values = once(() => new CaseValues(cases, caseEntries(each)));
    if (Object.values(each).some(isMutable)) values();
    return cases[1].map(({ key }, index) => ({ key, value: once(() => values().at(index)) }));
  };
}

function isMutable(value: unknown): boolean {
  return typeof value === "function" || (typeof value === "object" && value !== null);
}

/** The values of a task's cases, in a thread that has evaluated `each` again. */
class CaseValues {
  readonly #task: string;
  readonly #cases: readonly RunCase[];
  readonly #ofRun: DescribedValues;
  readonly #here: ReadonlyMap<string, { readonly value: unknown; readonly index: number }>;
  readonly #described: readonly ValueDescription[];
  readonly #hasSameKeys: boolean;
  readonly #hasSameStrings: boolean;

  constructor([task, cases, strings]: TaskCases, here: readonly (readonly [string, unknown])[]) {
    const describer = new ValueDescriber();
    this.#task = task;
    this.#cases = cases;
    this.#ofRun = new DescribedValues(cases, strings);
    this.#described = here.map(([, value]) => describer.describe(value));
    this.#here = new Map(here.map(([key, value], index) => [key, { value, index }]));
    this.#hasSameKeys = here.length === cases.length &&
      cases.every(({ key }) => this.#here.has(key));
    this.#hasSameStrings = strings.length === describer.strings.length &&
      strings.every((text, i) => text === describer.strings[i]);
  }

  at(index: number): unknown {
    const { key, isShareable } = this.#cases[index]!;
    const found = this.#here.get(key);
    // A description may leave out what a function encloses, or what is private to an instance.
    const mayBeSame = isShareable || this.#hasSameKeys;
    if (found !== undefined && mayBeSame && this.#isSame(index, found.index)) return found.value;
    if (isShareable) return this.#ofRun.at(index);
    throw otherValue(caseName(this.#task, key));
  }

  /** Whether two values are described alike, and all those to which their descriptions refer. */
  #isSame(index: number, here: number): boolean {
    const mine = this.#described[here];
    const { text, needs, hasStrings } = this.#cases[index]!;
    return mine !== undefined && mine.text === text && (!hasStrings || this.#hasSameStrings) &&
      needs.every((distance) => this.#isSame(index - distance, here - distance));
  }
}

/** Where the results of the cases are, for the state of a thread. */
export function caseResults(run: RunCases): ReadonlyMap<string, CaseResults> {
  return new Map(
    run.map(([task, cases]) => [task, cases.map(({ key }) => [key, caseName(task, key)])]),
  );
}

function otherValue(name: string): CaseValueError {
  return new CaseValueError(
    `Cannot run "${name}": "each" has another value for it in this thread than on the main thread, ` +
      "and that one cannot be shared; have `each` give plain data, or the same values in every thread",
  );
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
