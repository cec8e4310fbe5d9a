/**
 * Task discovery: finds the tasks among a module's exports, in the order in which they were marked.
 */
import { UsageError } from "../base/errors.ts";
import { errorText, onOneLine, quoteList, truncate } from "../base/text_format.ts";
import { caseName, type CasesOf, casesOf, type TaskCase } from "./cases.ts";
import {
  type DeclaredDependencies,
  type DependencyNames,
  dependencyNames,
  NO_DEPENDENCIES,
  type ResultMembers,
  resultShape,
} from "./dependencies.ts";
import { type Export, inspectExport, listExports, type Namespace } from "./exported_tasks.ts";
import { isHookName } from "./hooks.ts";
import { isIdleMarker, type Mark, markOf } from "./mark.ts";
import type { AnyFunction } from "./function_types.ts";
import type { FoundTask, TaskFunction } from "./task.ts";

/** Options of the task discovery. */
export interface DiscoverOptions {
  /** Finds the cases of a task; a worker uses the cases of the run. */
  readonly cases?: CasesOf | undefined;
  /** Returns the location where a function was marked, for messages. */
  readonly locationOf?: ((fn: AnyFunction) => string | undefined) | undefined;
}

interface Candidate {
  readonly fn: AnyFunction;
  readonly mark: Mark;
  readonly names: string[];
  readonly owner: unknown;
}

/**
 * Finds the tasks of a module: marked functions among its exports and the static methods of
 * exported classes. A function exported under several names is one task; a function with cases is
 * one task per case.
 *
 * @throws {UsageError} when `after` contains a function that is not a task of this module, or two
 * cases of a task have the same name.
 */
export function discoverTasks(namespace: Namespace, options?: DiscoverOptions): FoundTask[] {
  return new ExportedTasks(namespace).find(options);
}

/** The marked functions among a module's exports. */
export class ExportedTasks {
  readonly #exports: readonly Export[];
  readonly #candidates: ReadonlyMap<unknown, Candidate>;

  /** @throws {UsageError} when an export cannot be read. */
  constructor(namespace: Namespace) {
    this.#exports = listExports(namespace);
    this.#candidates = collect(this.#exports);
  }

  /** The marked functions. */
  get functions(): Iterable<unknown> {
    return this.#candidates.keys();
  }

  /**
   * Returns the names under which a function is exported, the task's name first; undefined if the
   * function is not exported.
   */
  namesOf(fn: unknown): readonly string[] | undefined {
    const candidate = this.#candidates.get(fn);
    if (candidate === undefined || candidate.names.length === 1) return candidate?.names;
    const name = taskName(candidate);
    return [name, ...candidate.names.filter((other) => other !== name)];
  }

  /** Finds the tasks, as {@linkcode discoverTasks}. */
  find({ cases = casesOf, locationOf }: DiscoverOptions = {}): FoundTask[] {
    const candidates = [...this.#candidates.values()].sort((a, b) => a.mark.order - b.mark.order);
    const groups = candidates.map((it) => ({
      ...it,
      name: taskName(it),
      tasks: tasksOf(it, cases),
    }));
    const names = new TaskNames(groups, locationOf);
    return groups.flatMap((group) =>
      group.tasks.map(({ name, ...code }) => withDependencies(name, code, group, names))
    );
  }

  /**
   * Notes on exports that look like tasks but are none: a second name of a task, and the result of
   * `mark(options)` if no function was passed to it.
   */
  notes(): string[] {
    const notes: string[] = [];
    for (const { name, value } of this.#exports) {
      if (inspectExport(name, () => isIdleMarker(value))) {
        notes.push(`${quoteList([name])} is not a task: mark(options) was given no function`);
      }
      const [, own = ""] = /\.([^.]+)$/.exec(name) ?? [];
      if (typeof value !== "function" || !isHookName(own)) continue;
      notes.push(
        `${quoteList([name])} is not called: a hook must be an export of the target itself`,
      );
    }
    for (const fn of this.functions) {
      const [name, ...others] = this.namesOf(fn)!;
      for (const other of others) {
        const task = quoteList([name!]);
        notes.push(
          `${quoteList([other])} is another name of the task ${task}, not a second task`,
        );
      }
    }
    return notes;
  }
}

/** Returns the tasks of a marked function: one, or one per case. */
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

/** A marked function with its tasks. */
interface Group extends Candidate {
  readonly name: string;
  readonly tasks: readonly (Omit<FoundTask, "spec"> & { readonly name: string })[];
}

/** Adds the spec and the shape of the results to a task of a group. */
function withDependencies(
  name: string,
  code: Omit<FoundTask, "spec">,
  group: Group,
  names: TaskNames,
): FoundTask {
  const { tags, withState, policy } = group.mark;
  const declared = declaredBy(name, group.mark, code.case);
  const others = names.without(group);
  const spec = {
    name,
    after: dependencyNames(name, declared, others),
    tags,
    withState,
    ...(policy === undefined ? {} : { policy }),
    ...(code.case === undefined ? {} : { caseOf: group.name }),
  };
  if (declared.items.length === 0) return { ...code, spec };
  return { ...code, spec, results: () => resultShape(name, declared, others) };
}

/** The dependencies that a mark declares, for a case of the task if it has cases. */
function declaredBy(
  name: string,
  { after }: Mark,
  taskCase: TaskCase | undefined,
): DeclaredDependencies {
  if (typeof after !== "function") return after;
  let value: unknown;
  try {
    value = taskCase!.value();
  } catch {
    return NO_DEPENDENCIES; // this thread lacks the value: the call of the task throws this error
  }
  try {
    return after(value);
  } catch (error) {
    throw new UsageError(`Cannot order tasks: "after" of "${name}" threw ${errorText(error)}`, {
      cause: error,
    });
  }
}

/** The names by which tasks of a module depend on each other. */
class TaskNames {
  readonly #groups: readonly Group[];
  readonly #locationOf: DiscoverOptions["locationOf"];
  readonly #nameOf: ReadonlyMap<unknown, string>;
  readonly #casesOf: ReadonlyMap<string, ResultMembers>;
  readonly #tasks: ReadonlySet<string>;

  constructor(groups: readonly Group[], locationOf: DiscoverOptions["locationOf"]) {
    this.#groups = groups;
    this.#locationOf = locationOf;
    this.#nameOf = new Map(groups.map(({ fn, name }) => [fn, name]));
    this.#casesOf = new Map(
      groups.filter(({ mark }) => mark.each).map((group) => [group.name, membersOf(group)]),
    );
    this.#tasks = new Set(groups.flatMap(({ tasks }) => tasks.map(({ name }) => name)));
  }

  /** The names for the tasks of a group, whose globs do not match the group itself. */
  without(group: Group): DependencyNames {
    return {
      nameOf: (fn) => this.#nameOf.get(fn) ?? this.#rejectFunction(group.name, fn),
      casesOf: (name) => this.#casesOf.get(name),
      has: (name) => this.#tasks.has(name),
      others: () =>
        this.#groups.filter((it) => it !== group)
          .flatMap(({ tasks }) => tasks.map(({ name }) => name)),
    };
  }

  #rejectFunction(task: string, fn: AnyFunction): never {
    const location = this.#locationOf?.(fn);
    const text = `the function ${describeFunction(fn)}${
      location === undefined ? "" : ` marked at ${location}`
    }`;
    const why = markOf(fn) === undefined
      ? "is not an exported task"
      : "this module does not export: if another file defines the function, " +
        'add `export * from "./other.ts"`';
    throw new UsageError(`Cannot order tasks: "${task}" depends on ${text}, which ${why}`);
  }
}

function membersOf({ mark, tasks }: Group): ResultMembers {
  const items = tasks.map((task) => [task.case!.key, task.name] as const);
  return { isList: Array.isArray(mark.each), items };
}

/** Returns the name of a function, or the start of its source. */
function describeFunction(fn: AnyFunction): string {
  return fn.name || `\`${truncate(onOneLine(String(fn)), SOURCE_MAX)}\``;
}

const SOURCE_MAX = 40;

/** Collects the marked functions among exports, with all their names. */
function collect(exports: readonly Export[]): Map<unknown, Candidate> {
  const found = new Map<unknown, Candidate>();
  for (const { name, value, owner } of exports) {
    const mark = inspectExport(name, () => markOf(value));
    if (mark === undefined) continue;
    const fn = value as AnyFunction;
    const { names } = found.getOrInsertComputed(fn, () => ({ fn, mark, names: [], owner }));
    if (!names.includes(name)) names.push(name);
  }
  return found;
}

/** Returns the function's own name if it is exported under that, else the first exported name. */
function taskName({ fn, names }: Candidate): string {
  return names.includes(fn.name) ? fn.name : names[0]!;
}
