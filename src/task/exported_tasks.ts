/** Enumeration of a module's exports. */
import { recordError } from "../base/error_record.ts";
import { UsageError } from "../base/errors.ts";
import type { AnyFunction } from "./function_types.ts";
import { isTaskGroup } from "./mark.ts";

/** A module's exports by name. */
export type Namespace = Readonly<Record<string, unknown>>;

/** An export, or a static member of an exported class. */
export interface Export {
  /**
   * The name: `migrate`; `db.migrate` if the module has `export * as db from "./db.ts"`;
   * `users::migrate` in a project of several modules.
   */
  readonly name: string;
  readonly value: unknown;
  /** The class, for a static member. */
  readonly owner: AnyFunction | undefined;
}

/**
 * Lists the exports of a module, of its exported namespaces, the tasks of exported records
 * (`markAll`), and the static members of exported classes; those of the module itself come first.
 *
 * @throws {UsageError} when reading an export throws, such as a proxy's trap.
 */
export function listExports(namespace: Namespace): Export[] {
  const found: Export[] = [];
  const seen = new Set<unknown>();
  const due: [prefix: string, namespace: Namespace][] = projectPrefixes(namespace)
    .map((prefix) => [prefix, namespace[prefix] as Namespace]);
  if (due.length === 0) due.push(["", namespace]);
  for (const [prefix, exports] of due) { // the list grows during the iteration
    seen.add(exports);
    let name = prefix;
    try {
      for (const [key, value] of Object.entries(exports)) {
        name = prefix + key;
        found.push({ name, value, owner: undefined });
        if (isNamespace(value) && !seen.has(value)) due.push([`${name}.`, value]);
        for (const [member, it] of membersOf(value)) {
          found.push({
            name: prefix + member,
            value: it,
            owner: isClass(value) ? value : undefined,
          });
        }
      }
    } catch (error) {
      throw unreadableExport(name, error);
    }
  }
  return found;
}

/** The export of a project's entry that lists the prefixes of its modules (project_entry.ts). */
export const PREFIXES_EXPORT = "::prefixes";

/**
 * The prefixes of a project's modules, in the order of the command line: `users::`. Each is also
 * the name of the export that is the module. None for a namespace that is no project's entry.
 */
export function projectPrefixes(namespace: Namespace): readonly string[] {
  return (namespace[PREFIXES_EXPORT] ?? []) as readonly string[];
}

const NO_MEMBERS: readonly [string, unknown][] = [];

/** The tasks of a record of tasks, or the static members of a class. */
function membersOf(value: unknown): readonly [name: string, value: unknown][] {
  if (isTaskGroup(value)) return Object.entries(value);
  if (!isClass(value)) return NO_MEMBERS;
  return Object.entries(Object.getOwnPropertyDescriptors(value))
    .map(([name, { value }]) => [name, value]);
}

/** The error of an export whose inspection threw, such as by a proxy's trap. */
export function unreadableExport(name: string, error: unknown): UsageError {
  return new UsageError(
    `Cannot read the export "${name}": an access threw ${recordError(error).message}`,
    { cause: error },
  );
}

/** Whether a value is a module namespace object. */
function isNamespace(value: unknown): value is Namespace {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === null &&
    (value as { readonly [Symbol.toStringTag]?: unknown })[Symbol.toStringTag] === "Module";
}

/** Whether a value is a class. */
export function isClass(value: unknown): value is AnyFunction {
  return typeof value === "function" &&
    Object.getOwnPropertyDescriptor(value, "prototype")?.writable === false;
}
