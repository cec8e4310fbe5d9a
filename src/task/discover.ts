/**
 * Task discovery: finds the tasks among a module's exports, in the order in which they were marked.
 */
import { UsageError } from "../base/errors.ts";
import { onOneLine, quoteList, truncate } from "../base/text_format.ts";
import { caseName, type CasesOf, casesOf, optionOfCase, type TaskCase } from "./cases.ts";
import {
  type DeclaredDependencies,
  type DependencyNames,
  dependencyNames,
  NO_DEPENDENCIES,
  type ResultMembers,
  resultShape,
} from "./dependencies.ts";
import {
  type Export,
  listExports,
  type Namespace,
  projectPrefixes,
  unreadableExport,
} from "./exported_tasks.ts";
import { matchesGlob } from "../base/glob.ts";
import { ModuleNames } from "./module_names.ts";
import { isHookName } from "./hooks.ts";
import { isIdleMarker, type Mark, markOf } from "./mark.ts";
import { type ResourceMark, resourceMarkOf } from "./resource.ts";
import { resourceNodes, setUpSpec } from "./resource_nodes.ts";
import { withResources } from "./with_resources.ts";
import type { AnyFunction, Resource } from "./function_types.ts";
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
 * one task per case. A resource among the exports is two nodes: its set-up and its tear-down.
 *
 * @throws {UsageError} when `after` contains a function that is not a task of this module, `use` a
 * resource that the module does not export, or two cases of a task have the same name.
 */
export function discoverTasks(namespace: Namespace, options?: DiscoverOptions): FoundTask[] {
  return new ExportedTasks(namespace).find(options);
}

/** The marked functions among a module's exports. */
export class ExportedTasks {
  readonly #namespace: Namespace;
  readonly #others: readonly Export[];
  readonly #candidates: ReadonlyMap<unknown, Candidate>;
  readonly #resources: ReadonlyMap<unknown, NamedResource>;

  /** @throws {UsageError} when an export cannot be read. */
  constructor(namespace: Namespace) {
    this.#namespace = namespace;
    const { candidates, resources, others } = collect(listExports(namespace));
    this.#candidates = candidates;
    this.#resources = resources;
    this.#others = others;
  }

  /** The other functions among the exports of the modules themselves, by their names there. */
  get otherFunctions(): readonly Export[] {
    const local = (name: string) =>
      name.slice(this.prefixes.find((prefix) => name.startsWith(prefix))?.length ?? 0);
    return this.#others.map((it) => ({ ...it, name: local(it.name) }))
      .filter(({ name, owner }) => owner === undefined && !name.includes("."));
  }

  /** The prefixes of the modules: `users::`. None if there is one module. */
  get prefixes(): readonly string[] {
    return projectPrefixes(this.#namespace);
  }

  /** Other names of tasks in a project: of those that several modules export. */
  get aliases(): ReadonlyMap<string, string> {
    if (this.prefixes.length === 0) return new Map();
    return new Map(
      this.#candidates.values().flatMap((candidate) => {
        const name = taskName(candidate);
        return candidate.names.map((alias) => [alias, name] as const);
      }),
    );
  }

  /** The marked functions. */
  get functions(): MapIterator<unknown> {
    return this.#candidates.keys();
  }

  /**
   * Whether the module is flat: every task is one export, of the task's name, and has no cases; and
   * there are no resources. A task is found in a flat module without discovering the others.
   */
  get isFlat(): boolean {
    return this.#resources.size === 0 &&
      this.#candidates.values().every(({ fn, mark, names }) =>
        names.length === 1 && this.#namespace[names[0]!] === fn && mark.each === undefined
      );
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

  /** Returns the name of a resource; undefined if it is not exported. */
  resourceName(resource: object): string | undefined {
    return this.#resources.get(resource)?.name;
  }

  /** Finds the tasks, as {@linkcode discoverTasks}. */
  find({ cases = casesOf, locationOf }: DiscoverOptions = {}): FoundTask[] {
    const candidates = [...this.#candidates.values()].sort((a, b) => a.mark.order - b.mark.order);
    const groups = candidates.map((candidate) => groupOf(candidate, cases));
    const names = new TaskNames(groups, this.#resources, this.prefixes, locationOf);
    const resources = [...this.#resources.values()].flatMap((it) => nodesOf(it, names));
    return [...groups.flatMap((group) => tasksOf(group, names)), ...resources];
  }

  /**
   * Notes on exports that look like tasks but are none: a second name of a task, and the result of
   * `mark(options)` if no function was passed to it.
   */
  notes(): string[] {
    const notes: string[] = [];
    for (const { name, value } of this.#others) {
      if (isIdleMarker(value)) {
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
        if (this.prefixes.some((prefix) => other.startsWith(prefix))) continue; // of another module
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
    const found = code.case === undefined
      ? { spec, call: code.call, results }
      : { spec: { ...spec, caseOf: group.name }, call: code.call, results, case: code.case };
    return mark.use.length === 0 ? found : withResources(found, mark.use, names);
  });
}

function resolve(name: string, declared: DeclaredDependencies, names: TaskNames) {
  const after = dependencyNames(name, declared, names);
  const results = after.length === 0 ? undefined : () => resultShape(name, declared, names);
  return { after, results };
}

/** Creates the set-up and the tear-down of a resource. */
function nodesOf({ name, mark }: NamedResource, names: TaskNames): FoundTask[] {
  const { fn, after: declared, use } = mark;
  const { after, results } = resolve(name, declared, names);
  const spec = setUpSpec({ name, after, withState: true }, mark);
  return resourceNodes(withResources({ spec, call: fn, results }, use, names));
}

/** A resource among the exports of a module. */
interface NamedResource {
  readonly name: string;
  readonly mark: ResourceMark;
}

/** The dependencies that a mark declares for a case of the task. */
function declaredBy({ after }: Mark, code: TaskCode): DeclaredDependencies {
  if (typeof after !== "function") return after;
  return optionOfCase("after", after, code) ?? NO_DEPENDENCIES;
}

/** The declared inputs and outputs of a case of the task, or of the task. */
function cacheOf(cache: Mark["cache"], code: TaskCode) {
  return typeof cache === "function" ? optionOfCase("cache", cache, code) : cache;
}

/** The names by which tasks of a module depend on each other. */
class TaskNames implements DependencyNames {
  readonly #groups: readonly Group[];
  readonly #resources: ReadonlyMap<unknown, NamedResource>;
  readonly #locationOf: DiscoverOptions["locationOf"];
  readonly #nameOf = new Map<unknown, string>();
  readonly #casesOf = new Map<string, ResultMembers>();
  /** The names within each module; undefined if there is one. */
  readonly #modules: ModuleNames | undefined;

  constructor(
    groups: readonly Group[],
    resources: ReadonlyMap<unknown, NamedResource>,
    prefixes: readonly string[],
    locationOf: DiscoverOptions["locationOf"],
  ) {
    this.#modules = prefixes.length === 0 ? undefined : new ModuleNames(
      prefixes,
      groups.map(({ name, candidate, codes }) => ({
        name,
        aliases: candidate.names,
        tasks: codes.map((code) => code.name),
      })),
    );
    this.#groups = groups;
    this.#resources = resources;
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

  nameFor(name: string, task: string): string {
    return this.#modules?.nameFor(name, task) ?? name;
  }

  matching(glob: string, task: string): ResultMembers["items"] {
    if (this.#modules !== undefined) return this.#modules.matching(glob, task);
    return this.#groups.flatMap(({ name, codes }) =>
      name === task ? [] : codes.filter((code) => matchesGlob(glob, code.name))
        .map((code) => [code.name, code.name] as const)
    );
  }

  resourceOf(resource: Resource, user: string): string {
    const found = this.#resources.get(resource);
    if (found !== undefined) return found.name;
    const { fn } = resourceMarkOf(resource)!;
    throw new UsageError(
      `Cannot order tasks: "${user}" uses a resource that this module does not export: ` +
        `${describeFunction(fn)}; export it, as in \`export { db } from "./db.ts"\``,
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

/** The marked functions and the resources among exports. */
interface Collected {
  readonly candidates: ReadonlyMap<unknown, Candidate>;
  readonly resources: ReadonlyMap<unknown, NamedResource>;
  /** The other functions, static methods included. */
  readonly others: readonly Export[];
}

/** Collects the marked functions, with all their names, and the resources among exports. */
function collect(exports: readonly Export[]): Collected {
  const candidates = new Map<unknown, Candidate>();
  const resources = new Map<unknown, NamedResource>();
  const others: Export[] = [];
  let name = "";
  try {
    for (const item of exports) {
      const { value, owner } = item;
      name = item.name;
      const mark = markOf(value);
      if (mark !== undefined) {
        const names = candidates.get(value)?.names;
        if (names === undefined) {
          candidates.set(value, { fn: value as AnyFunction, mark, names: [name], owner });
        } else if (!names.includes(name)) names.push(name);
        continue;
      }
      const resource = resourceMarkOf(value);
      if (resource !== undefined && !resources.has(value)) {
        resources.set(value, { name, mark: resource });
      } else if (typeof value === "function") others.push(item);
    }
  } catch (error) {
    throw unreadableExport(name, error);
  }
  return { candidates, resources, others };
}

/**
 * Returns the function's own name if it is exported under that, else the first exported name. In a
 * project, both are of the first module that exports the function.
 */
function taskName({ fn, names }: Candidate): string {
  if (names.includes(fn.name)) return fn.name;
  const [first] = names;
  const own = first!.slice(0, first!.indexOf("::") + "::".length) + fn.name;
  return names.includes(own) ? own : first!;
}
