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

  /** Whether some task has cases: finding them calls code of the user. */
  get hasCases(): boolean {
    return this.#candidates.values().some(({ mark }) => mark.each !== undefined);
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
    const groups = candidates.map((candidate) => groupOf(candidate, cases));
    const names = new TaskNames(groups, locationOf);
    return groups.flatMap((group) => tasksOf(group, names));
  }

  /**
   * Notes on exports that look like tasks but are none: a second name of a task, and the result of
   * `mark(options)` if no function was passed to it.
   */
  notes(): string[] {
    const notes: string[] = [];
    for (const { name, value } of this.#exports) {
      if (typeof value !== "function") continue;
      const isTask = this.#candidates.has(value);
      if (!isTask && inspectExport(name, () => isIdleMarker(value))) {
        notes.push(`${quoteList([name])} is not a task: mark(options) was given no function`);
      }
      const dot = name.lastIndexOf(".");
      if (dot < 0 || !isHookName(name.slice(dot + 1))) continue;
      notes.push(
        `${quoteList([name])} is not called: a hook must be an export of the target itself`,
      );
    }
    for (const { fn, names } of this.#candidates.values()) {
      if (names.length === 1) continue;
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

/** A marked function, and the code of its tasks: of one, or of one per case. */
interface Group {
  readonly name: string;
  readonly candidate: Candidate;
  readonly codes: readonly TaskCode[];
}

/** The code of a task. */
interface TaskCode {
  readonly name: string;
  readonly call: TaskFunction;
  readonly case: TaskCase | undefined;
}

function groupOf(candidate: Candidate, cases: CasesOf): Group {
  const { fn, mark, owner } = candidate;
  const name = taskName(candidate);
  const call: AnyFunction = owner === undefined ? fn : fn.bind(owner);
  if (mark.each === undefined) {
    return { name, candidate, codes: [{ name, call, case: undefined }] };
  }
  const codes = cases(name, mark.each).map((it) => ({
    name: caseName(name, it.key),
    call: callWith(it, call, mark.withState),
    case: it,
  }));
  return { name, candidate, codes };
}

function callWith({ value }: TaskCase, call: AnyFunction, withState: boolean): TaskFunction {
  return withState
    ? (...args) => call(args[0], value(), args[1])
    : (...args) => call(value(), args[0]);
}

/** Returns the tasks of a group. It is called for every task in every thread. */
function tasksOf(group: Group, names: TaskNames): FoundTask[] {
  const { candidate: { mark }, codes } = group;
  // One for all cases, unless they differ.
  const shared = typeof mark.after === "function"
    ? undefined
    : resolve(group.name, mark.after, names);
  return codes.map((code): FoundTask => {
    const { after, results } = shared ?? resolve(group.name, declaredBy(mark, code), names);
    const { tags, withState, policy } = mark;
    const base = { name: code.name, after, tags, withState };
    const withPolicy = policy === undefined ? base : { ...base, policy };
    const cache = mark.cache && cacheOf(mark.cache, code);
    const spec = cache === undefined ? withPolicy : { ...withPolicy, cache };
    return code.case === undefined
      ? { spec, call: code.call, results }
      : { spec: { ...spec, caseOf: group.name }, call: code.call, results, case: code.case };
  });
}

function resolve(name: string, declared: DeclaredDependencies, names: TaskNames) {
  const after = dependencyNames(name, declared, names);
  const results = after.length === 0 ? undefined : () => resultShape(name, declared, names);
  return { after, results };
}

/** The dependencies that a mark declares for a case of the task. */
function declaredBy({ after }: Mark, { name, case: taskCase }: TaskCode): DeclaredDependencies {
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

/** The declared inputs and outputs of a case of the task, or of the task. */
function cacheOf(cache: Mark["cache"], { name, case: taskCase }: TaskCode) {
  if (typeof cache !== "function") return cache;
  let value: unknown;
  try {
    value = taskCase!.value();
  } catch {
    return undefined; // as above
  }
  try {
    return cache(value);
  } catch (error) {
    throw new UsageError(`Cannot cache "${name}": "cache" threw ${errorText(error)}`, {
      cause: error,
    });
  }
}

/** The names by which tasks of a module depend on each other. */
class TaskNames implements DependencyNames {
  readonly #groups: readonly Group[];
  readonly #locationOf: DiscoverOptions["locationOf"];
  readonly #nameOf = new Map<unknown, string>();
  readonly #casesOf = new Map<string, ResultMembers>();

  constructor(groups: readonly Group[], locationOf: DiscoverOptions["locationOf"]) {
    this.#groups = groups;
    this.#locationOf = locationOf;
    for (const group of groups) {
      this.#nameOf.set(group.candidate.fn, group.name);
      if (group.candidate.mark.each !== undefined) this.#casesOf.set(group.name, casesIn(group));
    }
  }

  nameOf(fn: AnyFunction, task: string): string {
    return this.#nameOf.get(fn) ?? this.#rejectFunction(task, fn);
  }

  casesOf(name: string): ResultMembers | undefined {
    return this.#casesOf.get(name);
  }

  has(name: string): boolean {
    return this.#groups.some(({ codes }) => codes.some((code) => code.name === name));
  }

  othersThan(task: string): string[] {
    return this.#groups.flatMap(({ name, codes }) =>
      name === task ? [] : codes.map((code) => code.name)
    );
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

function casesIn({ candidate: { mark }, codes }: Group): ResultMembers {
  const items = codes.map(({ name, case: it }) => [it!.key, name] as const);
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
