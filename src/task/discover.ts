/** Finds the tasks among a module's exports, in the order in which they were marked. */
import { recordError } from "../base/error_record.ts";
import { UsageError } from "../base/errors.ts";
import { quoteList } from "../base/text.ts";
import { caseName, type CasesOf, casesOf, type TaskCase } from "./cases.ts";
import { isIdleMarker, type Mark, markOf } from "./mark.ts";
import type { AnyFunction } from "./signatures.ts";
import type { FoundTask, TaskFunction, TaskSpec } from "./task.ts";

/** A module's exports by name. */
export type Namespace = Readonly<Record<string, unknown>>;

interface Candidate {
  readonly fn: AnyFunction;
  readonly mark: Mark;
  readonly names: string[];
  readonly owner: unknown;
}

/**
 * Finds the marked functions of a module: exported functions, and static methods of exported
 * classes. A function exported under several names is one task; one marked with cases is a task for each.
 *
 * @param cases Finds the cases of a task; a thread of a run takes those of the run.
 * @throws {UsageError} when `after` holds a function that is not a task of this module, or the cases of a
 * task cannot be told apart.
 */
export function discoverTasks(namespace: Namespace, cases: CasesOf = casesOf): FoundTask[] {
  const candidates = [...collect(namespace).values()].sort((a, b) => a.mark.order - b.mark.order);
  const groups = candidates.map((it) => ({ ...it, name: taskName(it), tasks: tasksOf(it, cases) }));
  const nameOf = new Map(groups.map(({ fn, name }) => [fn, name]));
  /** The names of the tasks that a marked function with cases stands for. */
  const caseNames = new Map(
    groups.filter(({ mark }) => mark.each)
      .map(({ name, tasks }) => [name, tasks.map((task) => task.name)]),
  );
  return groups.flatMap(({ name, mark, tasks }) => {
    const after = afterNames(name, mark, nameOf).flatMap((other) => caseNames.get(other) ?? other);
    return tasks.map(({ name: task, ...code }) => {
      const spec = specOf(task, [...new Set(after)], mark);
      return { ...code, spec: code.case === undefined ? spec : { ...spec, caseOf: name } };
    });
  });
}

/**
 * What is to be said of exports that were meant to be tasks, as far as anybody can tell: `mark(options)` returns
 * what marks functions, and one that has marked none most likely lacks its function.
 */
export function notesOnMarkers(namespace: Namespace): string[] {
  const idle = Object.entries(namespace)
    .filter(([name, value]) => lookAt(name, () => isIdleMarker(value)));
  return idle.map(([name]) => `${quoteList([name])} is no task: mark(options) lacks its function`);
}

/** The tasks of a marked function: itself, or one for each of its cases. */
function tasksOf(
  candidate: Candidate,
  cases: CasesOf,
): (Omit<FoundTask, "spec"> & { name: string })[] {
  const { fn, mark, owner } = candidate;
  const name = taskName(candidate);
  const call: AnyFunction = owner === undefined ? fn : fn.bind(owner);
  if (mark.each === undefined) return [{ name, call }];
  return cases(name, mark.each).map((it) => ({
    name: caseName(name, it.key),
    call: callWith(it, call, mark.withState),
    case: it,
  }));
}

function callWith({ value }: TaskCase, call: AnyFunction, withState: boolean): TaskFunction {
  return withState
    ? (...args) => call(args[0], value(), args[1])
    : (...args) => call(value(), args[0]);
}

function specOf(name: string, after: readonly string[], mark: Mark): TaskSpec {
  const { tags, withState, policy } = mark;
  return { name, after, tags, withState, ...(policy === undefined ? {} : { policy }) };
}

function afterNames(
  name: string,
  { after }: Mark,
  nameOf: ReadonlyMap<AnyFunction, string>,
): string[] {
  return after.map((item) => {
    const other = typeof item === "string" ? item : nameOf.get(item);
    if (other !== undefined) return other;
    const said = (item as AnyFunction).name;
    const text = said === "" ? "an anonymous function" : `the function ${said}`;
    const why = markOf(item) === undefined
      ? "is not an exported task"
      : "this module does not export: where it stands in another file, " +
        'add `export * from "./other.ts"`';
    throw new UsageError(`Cannot order tasks: "${name}" comes after ${text}, which ${why}`);
  });
}

function collect(namespace: Namespace): Map<AnyFunction, Candidate> {
  const found = new Map<AnyFunction, Candidate>();
  const consider = (name: string, value: unknown, owner: unknown): void => {
    const mark = markOf(value);
    if (mark === undefined) return;
    const fn = value as AnyFunction;
    found.getOrInsertComputed(fn, () => ({ fn, mark, names: [], owner })).names.push(name);
  };
  for (const [name, value] of Object.entries(namespace)) {
    lookAt(name, () => {
      consider(name, value, undefined);
      if (!isClass(value)) return;
      for (const [key, property] of Object.entries(Object.getOwnPropertyDescriptors(value))) {
        consider(key, property.value, value);
      }
    });
  }
  return found;
}

/** Code of the user's own may run when an export is looked at: a proxy's. */
function lookAt<T>(name: string, look: () => T): T {
  try {
    return look();
  } catch (error) {
    throw new UsageError(
      `Cannot look at the export "${name}": it threw ${recordError(error).message}`,
      { cause: error },
    );
  }
}

function isClass(value: unknown): value is AnyFunction {
  return typeof value === "function" &&
    Object.getOwnPropertyDescriptor(value, "prototype")?.writable === false;
}

/** A function exported under several names is called by its own, if that is one of them. */
function taskName({ fn, names }: Candidate): string {
  return names.includes(fn.name) ? fn.name : names[0]!;
}
