/**
 * The cases of a run. A case has one value per run: that of the main thread. A thread that loads the module
 * evaluates `each` again, and may find other values: a folder has other files by then, a list is shuffled.
 * So each thread is sent the cases of the main thread, and compares.
 */
import type { CaseResults } from "../state/results_view.ts";
import { decodeValue, ValueDescriber, type ValueDescription } from "../state/value_bytes.ts";
import { caseEntries, caseName, type CasesOf, casesOf } from "../task/cases.ts";
import type { FoundTask } from "../task/task.ts";

/** A case as the main thread has it. */
export interface RunCase extends ValueDescription {
  readonly key: string;
}

/** The cases of a module by task, in their order. Plain data. */
export type RunCases = readonly (readonly [task: string, cases: readonly RunCase[]])[];

/** A thread has no value for a case that is the run's. */
export class CaseValueError extends Error {
  override name = "CaseValueError";
}

/** Describes the cases among the tasks of a module. */
export function describeCases(tasks: readonly FoundTask[]): RunCases {
  const found = tasks.filter((task) => task.case !== undefined);
  const describer = new ValueDescriber();
  const byTask = new Map<string, RunCase[]>();
  for (const task of found) {
    const cases = byTask.getOrInsertComputed(task.spec.caseOf!, () => []);
    cases.push({ key: task.case!.key, ...describer.describe(task.case!.value()) });
  }
  return [...byTask];
}

/**
 * Finds the cases of a run in a thread that has loaded the module for itself: their keys are those of the
 * run. A value that is the same here is taken from here; another one is the run's where it can be shared,
 * and fails the task where it cannot.
 */
export function casesOfRun(run: RunCases): CasesOf {
  const byTask = new Map(run);
  const describer = new ValueDescriber();
  return (task, each) => {
    const cases = byTask.get(task);
    if (cases === undefined) return casesOf(task, each);
    const here = once(() => new Map(caseEntries(each)));
    const hasSameKeys = once(() =>
      here().size === cases.length && cases.every(({ key }) => here().has(key))
    );
    return cases.map((it) => ({
      key: it.key,
      value: once(() => {
        const { key, text, isShareable } = it;
        if (here().has(key)) {
          const value = here().get(key);
          const isSame = describer.describe(value).text === text;
          // A description may leave out what a function encloses, or what is private to an instance.
          if (isSame && (isShareable || hasSameKeys())) return value;
        }
        if (isShareable) return decodeValue(Uint8Array.fromBase64(text));
        throw otherValue(caseName(task, key));
      }),
    }));
  };
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
