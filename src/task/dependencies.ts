/**
 * The dependencies of a task: as its option `after` declares them, and resolved to task names. The
 * results that a task reads have the shape of `after`.
 */
import { isGlob, matchesGlob } from "../base/glob.ts";
import { UsageError } from "../base/errors.ts";
import type { AnyFunction, Dependency, Resource } from "./function_types.ts";

/** The option `after`, validated. */
export interface DeclaredDependencies {
  /** Whether `after` is a list: the keys are indexes then. */
  readonly isList: boolean;
  readonly items: readonly (readonly [key: string, dependency: Dependency])[];
}

/** The dependencies of a task without `after`. */
export const NO_DEPENDENCIES: DeclaredDependencies = { isList: true, items: [] };

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
   * @throws {UsageError} when the function is not a task.
   */
  nameOf(fn: AnyFunction): string;
  /** The cases of a task; undefined if it has none. */
  casesOf(name: string): ResultMembers | undefined;
  /** Whether there is a task of that name. */
  has(name: string): boolean;
  /** The names of all tasks that globs match: those of other tasks. */
  others(): readonly string[];
  /**
   * The name of a resource.
   *
   * @throws {UsageError} when the object is no resource of the module.
   */
  resourceOf(resource: Resource): string;
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
  const items = Object.entries(after as Record<string, unknown>);
  for (const [, item] of items) {
    if (typeof item !== "string" && typeof item !== "function") {
      throw new TypeError(
        `${cannot} after ${Deno.inspect(item)}: expected names or functions of tasks`,
      );
    }
  }
  return { isList, items: items as [string, Dependency][] };
}

function isPlainObject(value: unknown): boolean {
  return value !== null && typeof value === "object" && !(Symbol.iterator in value);
}

/**
 * Resolves the dependencies of a task to the shape of its results.
 *
 * @throws {UsageError} when a function is not a task, or a glob matches none.
 */
export function resultShape(
  task: string,
  { isList, items }: DeclaredDependencies,
  names: DependencyNames,
): ResultShape {
  const sources = items.map(([key, item]): ResultSource => {
    const name = typeof item === "string" ? item : names.nameOf(item);
    const members = names.casesOf(name) ??
      (typeof item !== "string" || names.has(name) || !isGlob(name)
        ? undefined
        : matchesOf(task, name, names));
    return { key, name, members };
  });
  return { isList, sources };
}

function matchesOf(task: string, glob: string, names: DependencyNames): ResultMembers {
  const matches = names.others().filter((it) => matchesGlob(glob, it));
  if (matches.length === 0) {
    throw new UsageError(
      `Cannot order tasks: "${task}" depends on "${glob}", which matches no other task`,
    );
  }
  return { isList: false, items: matches.map((it) => [it, it]) };
}

/**
 * Resolves the dependencies of a task to the names of tasks, each once.
 *
 * @throws {UsageError} as {@linkcode resultShape} does.
 */
export function dependencyNames(
  task: string,
  declared: DeclaredDependencies,
  names: DependencyNames,
): string[] {
  const found = new Set<string>();
  for (const { name, members } of resultShape(task, declared, names).sources) {
    if (members === undefined) found.add(name);
    else for (const [, member] of members.items) found.add(member);
  }
  return [...found];
}

/**
 * Resolves the resources that a task uses to names.
 *
 * @throws {UsageError} when one is no resource of the module.
 */
export function usedResources(
  declared: DeclaredResources,
  names: DependencyNames,
): readonly UsedResource[] {
  return declared.map(([key, resource]) => [key, names.resourceOf(resource)]);
}
