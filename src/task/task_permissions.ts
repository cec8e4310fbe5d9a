/** Permissions of a task, where they are fewer than those of the run. */

/**
 * Permissions of a task. For each kind: `true` for all that the run has, `false` for none, or a
 * list. Kinds that are not named are denied, as in `Deno.test`.
 *
 * ```ts
 * import { mark } from "@thread-order/cli";
 *
 * export const parse = mark(
 *   { permissions: { read: ["data"], net: ["example.com:443"] } },
 *   () => Deno.readTextFile("data/orders.csv"),
 * );
 * ```
 */
export interface TaskPermissions {
  /** Readable files and folders. */
  readonly read?: boolean | readonly string[];
  /** Writable files and folders. */
  readonly write?: boolean | readonly string[];
  /** Hosts, with or without a port. */
  readonly net?: boolean | readonly string[];
  /** Environment variables. */
  readonly env?: boolean | readonly string[];
  /** Programs. A started program is not restricted. */
  readonly run?: boolean | readonly string[];
  /** Kinds of system information. */
  readonly sys?: boolean | readonly string[];
  /** Native libraries. Their code is not restricted. */
  readonly ffi?: boolean | readonly string[];
  /** Hosts that modules are imported from. */
  readonly import?: boolean | readonly string[];
}

const KINDS: readonly string[] = ["read", "write", "net", "env", "run", "sys", "ffi", "import"];

/**
 * Validates permissions.
 *
 * @returns The same as plain data in a canonical order, so that equal permissions have equal JSON.
 * @throws {TypeError} naming the problem.
 */
export function checkPermissions(permissions: "none" | TaskPermissions): TaskPermissions {
  if (permissions === "none") return {};
  if (typeof permissions !== "object" || permissions === null) {
    throw new TypeError(
      `Cannot use the permissions ${Deno.inspect(permissions)}: expected an object or "none"`,
    );
  }
  const checked: Record<string, true | readonly string[]> = {};
  for (const [kind, value] of Object.entries(permissions).sort(([a], [b]) => a < b ? -1 : 1)) {
    if (!KINDS.includes(kind)) {
      throw new TypeError(`Cannot permit "${kind}": expected one of ${KINDS.join(", ")}`);
    }
    const isList = Array.isArray(value) && value.every((item) => typeof item === "string");
    if (typeof value !== "boolean" && value !== undefined && !isList) {
      throw new TypeError(
        `Cannot permit ${kind} ${Deno.inspect(value)}: expected true, false or an array of strings`,
      );
    }
    if (value === true || (isList && value.length > 0)) {
      checked[kind] = value === true ? true : [...new Set<string>(value)].sort();
    }
  }
  return checked;
}
