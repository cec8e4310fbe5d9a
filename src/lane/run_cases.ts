/**
 * The cases of a run. A case has one value per run: that of the main thread. A thread that loads
 * the module evaluates `each` again, and may get other values: a folder has other files by then, a
 * list is shuffled. So each thread is sent the cases of the main thread, and compares.
 */
import type { CaseResults } from "../state/views/results_handler.ts";
import {
  DescribedValues,
  ValueDescriber,
  type ValueDescription,
} from "../state/log/value_bytes.ts";
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

/** A thread has no value for a case of the run. */
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
 * Finds the cases of a run in a thread that has loaded the module for itself. Their keys are those
 * of the run. A value that equals the thread's own is taken from the thread; a different value is
 * the run's if it can be shared, and fails the task otherwise.
 *
 * Values are described as soon as the module is loaded, as on the main thread: a task may change
 * them later.
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
  readonly #runValues: DescribedValues;
  readonly #local: ReadonlyMap<string, unknown>;
  /** Whether this thread describes each of the cases as the main thread does. */
  readonly #matches: readonly boolean[];
  readonly #hasSameKeys: boolean;

  constructor([task, cases, strings]: TaskCases, local: readonly (readonly [string, unknown])[]) {
    const describer = new ValueDescriber();
    this.#task = task;
    this.#cases = cases;
    this.#runValues = new DescribedValues(cases, strings);
    this.#local = new Map(local);
    this.#hasSameKeys = local.length === cases.length &&
      cases.every(({ key }) => this.#local.has(key));
    const described = local.map(([, value]) => describer.describe(value));
    const hasSameStrings = strings.length === describer.strings.length &&
      strings.every((text, i) => text === describer.strings[i]);
    this.#matches = matchesOf(cases, { local, described, hasSameStrings });
  }

  at(index: number): unknown {
    const { key, isShareable } = this.#cases[index]!;
    // A description may leave out what a function encloses, or what is private to an instance.
    const mayBeSame = isShareable || this.#hasSameKeys;
    if (mayBeSame && this.#matches[index]) return this.#local.get(key);
    if (isShareable) return this.#runValues.at(index);
    throw differentValueError(caseName(this.#task, key));
  }
}

/** Cases as a thread has found and described them. */
interface LocalCases {
  readonly local: readonly (readonly [key: string, value: unknown])[];
  readonly described: readonly ValueDescription[];
  readonly hasSameStrings: boolean;
}

/**
 * Whether each case of a run has the same description in this thread, together with all cases to
 * which the description refers. Those precede it, so one pass decides.
 */
function matchesOf(
  cases: readonly RunCase[],
  { local, described, hasSameStrings }: LocalCases,
): boolean[] {
  const indexes = new Map(local.map(([key], index) => [key, index]));
  const localIndexes = cases.map(({ key }) => indexes.get(key) ?? -1);
  const same: boolean[] = [];
  for (const [index, { text, needs, hasStrings }] of cases.entries()) {
    const localIndex = localIndexes[index]!;
    same.push(
      described[localIndex]?.text === text && (!hasStrings || hasSameStrings) &&
        needs.every((distance) =>
          same[index - distance]! && localIndexes[index - distance] === localIndex - distance
        ),
    );
  }
  return same;
}

/** Keys of the cases' results by task, for the state of a thread. */
export function caseResults(run: RunCases): ReadonlyMap<string, CaseResults> {
  return new Map(
    run.map(([task, cases]) => [task, cases.map(({ key }) => [key, caseName(task, key)])]),
  );
}

function differentValueError(name: string): CaseValueError {
  return new CaseValueError(
    `Cannot run "${name}": "each" has a different value in this thread than on the main thread, ` +
      "whose value cannot be shared; use plain data in `each`, or the same values in every thread",
  );
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
