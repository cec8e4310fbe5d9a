/**
 * The dependencies of a task: as its option `after` declares them, and resolved to task names. The
 * results that a task reads have the shape of `after`.
 */
import { isGlob } from "../base/glob.ts";
import { UsageError } from "../base/errors.ts";
import type { AnyFunction, Dependency, Resource } from "./function_types.ts";

/** The option `after`, validated. */
export interface DeclaredDependencies {
  /** The keys of the dependencies; undefined for a list. */
  readonly keys: readonly string[] | undefined;
  readonly items: readonly Dependency[];
}

/** The dependencies of a task without `after`. */
export const NO_DEPENDENCIES: DeclaredDependencies = { keys: undefined, items: [] };

/** The option `use`, validated. */
export type DeclaredResources = readonly (readonly [key: string, resource: Resource])[];

/** A resource that a task uses: its key in `task.use`, and its name. */
export type UsedResource = readonly [key: string, name: string];

/** The result of one dependency, in `task.results`. */
export interface ResultSource {
  /** The key in `task.results`. */
  readonly key: string;
  /** The dependency's name, or the glob. */
  readonly name: string;
  /** The dependency's tasks if it has cases or is a glob: an array, or a record by key. */
  readonly members?: ResultMembers | undefined;
}

/** The tasks of a dependency that has cases or is a glob. */
export interface ResultMembers {
  readonly isList: boolean;
  readonly items: readonly (readonly [key: string, task: string])[];
}

/** The shape of `task.results`. */
export interface ResultShape {
  readonly isList: boolean;
  readonly sources: readonly ResultSource[];
}

/** The tasks that dependencies can name. */
export interface DependencyNames {
  /**
   * The task name of a function.
   *
   * @param task The task that depends on it, for the message.
   * @throws {UsageError} when the function is not a task.
   */
  nameOf(fn: AnyFunction, task: string): string;
  /** The cases of a task; undefined if it has none. */
  casesOf(name: string): ResultMembers | undefined;
  /** Whether there is a task of that name. */
  has(name: string): boolean;
  /**
   * The name of the task that a task means by a name: its own, unless there are several modules.
   *
   * @param task The task that depends on it.
   */
  nameFor(name: string, task: string): string;
  /**
   * The tasks that a glob of a task matches, without the task itself and its cases: the names that
   * match, and the names of the tasks.
   */
  matching(glob: string, task: string): readonly (readonly [key: string, name: string])[];
  /**
   * The name of a resource.
   *
   * @param task The task that uses it, for the message.
   * @throws {UsageError} when the object is no resource of the module.
   */
  resourceOf(resource: Resource, task: string): string;
}

/**
 * Validates the option `after`.
 *
 * @param cannot The start of the message: `Cannot mark a task`.
 * @throws {TypeError} when a dependency is neither a name nor a function.
 */
export function checkDependencies(after: unknown, cannot: string): DeclaredDependencies {
  if (after === undefined) return NO_DEPENDENCIES;
  const isList = Array.isArray(after);
  if (!isList && !isPlainObject(after)) {
    throw new TypeError(
      `${cannot} after ${Deno.inspect(after)}: expected an array, or an object of tasks by key`,
    );
  }
  const items: unknown[] = isList ? [...after] : Object.values(after);
  for (const item of items) {
    if (typeof item !== "string" && typeof item !== "function") {
      throw new TypeError(
        `${cannot} after ${Deno.inspect(item)}: expected names or functions of tasks`,
      );
    }
  }
  return { keys: isList ? undefined : Object.keys(after), items: items as Dependency[] };
}

function isPlainObject(value: unknown): value is object {
  return value !== null && typeof value === "object" && !(Symbol.iterator in value);
}

/**
 * Resolves the dependencies of a task to the names of tasks, each once. It is called for every task
 * in every thread, so it is a loop without intermediate values.
 *
 * @throws {UsageError} when a function is not a task, or a glob matches none.
 */
export function dependencyNames(
  task: string,
  { items }: DeclaredDependencies,
  names: DependencyNames,
): readonly string[] {
  const found: string[] = [];
  for (const item of items) {
    const name = nameOf(item, task, names);
    const members = membersOf(task, item, name, names);
    if (members === undefined) found.push(name);
    else for (const [, member] of members.items) found.push(member);
  }
  return found.length > 1 ? [...new Set(found)] : found;
}

/**
 * Resolves the dependencies of a task to the shape of its results.
 *
 * @throws {UsageError} as {@linkcode dependencyNames} does.
 */
export function resultShape(
  task: string,
  { keys, items }: DeclaredDependencies,
  names: DependencyNames,
): ResultShape {
  const sources = items.map((item, index): ResultSource => {
    const name = nameOf(item, task, names);
    const members = membersOf(task, item, name, names);
    return { key: keys === undefined ? `${index}` : keys[index]!, name, members };
  });
  return { isList: keys === undefined, sources };
}

function nameOf(item: Dependency, task: string, names: DependencyNames): string {
  return typeof item === "string" ? names.nameFor(item, task) : names.nameOf(item, task);
}

/** The tasks of a dependency that has cases or is a glob; undefined for any other. */
function membersOf(
  task: string,
  item: Dependency,
  name: string,
  names: DependencyNames,
): ResultMembers | undefined {
  const cases = names.casesOf(name);
  if (cases !== undefined || typeof item !== "string" || !isGlob(item) || names.has(name)) {
    return cases;
  }
  const matches = names.matching(item, task);
  if (matches.length === 0) {
    throw new UsageError(
      `Cannot order tasks: "${task}" depends on "${item}", which matches no other task`,
    );
  }
  return { isList: false, items: matches };
}
