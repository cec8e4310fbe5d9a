/** What a task is permitted to do, where that is less than what the run is permitted. */

/**
 * What a task is permitted: all of a kind that the run has, nothing of it, or a list. What is not named
 * is not permitted, as in `Deno.test`.
 */
export interface TaskPermissions {
  /** Files and folders. */
  readonly read?: boolean | readonly string[];
  /** Files and folders. */
  readonly write?: boolean | readonly string[];
  /** Hosts, with a port or without. */
  readonly net?: boolean | readonly string[];
  /** Variables of the environment. */
  readonly env?: boolean | readonly string[];
  /** Programs. One that was started is bound by nothing any more. */
  readonly run?: boolean | readonly string[];
  /** Kinds of facts about the system. */
  readonly sys?: boolean | readonly string[];
  /** Native libraries. They are bound by nothing. */
  readonly ffi?: boolean | readonly string[];
  /** Hosts that modules are imported from. */
  readonly import?: boolean | readonly string[];
}

const KINDS: readonly string[] = [
  ...["read", "write", "net", "env", "run", "sys", "ffi", "import"],
];

/**
 * Checks what a task is to be permitted.
 *
 * @returns The same as plain data, in one order, so that equal permissions have equal JSON.
 * @throws {TypeError} naming what is wrong.
 */
export function checkPermissions(permissions: "none" | TaskPermissions): TaskPermissions {
  if (permissions === "none") return {};
  if (typeof permissions !== "object" || permissions === null) {
    throw new TypeError(
      `Cannot use the permissions ${Deno.inspect(permissions)}: they are an object, or "none"`,
    );
  }
  const checked: Record<string, true | readonly string[]> = {};
  for (const [kind, value] of Object.entries(permissions).sort(([a], [b]) => a < b ? -1 : 1)) {
    if (!KINDS.includes(kind)) {
      throw new TypeError(`Cannot permit "${kind}": permissions are ${KINDS.join(", ")}`);
    }
    const isList = Array.isArray(value) && value.every((item) => typeof item === "string");
    if (typeof value !== "boolean" && value !== undefined && !isList) {
      throw new TypeError(
        `Cannot permit ${kind} ${Deno.inspect(value)}: it is true, false or an array of texts`,
      );
    }
    if (value === true || (isList && value.length > 0)) {
      checked[kind] = value === true ? true : [...new Set<string>(value)].sort();
    }
  }
  return checked;
}
