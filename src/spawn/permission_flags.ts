/** Deno's permission options for a child process. */
import { isGranted } from "../runtime/permissions.ts";
import { UsageError } from "../base/errors.ts";
import type { TaskPermissions } from "../task/task_permissions.ts";
import { PERMISSION_KINDS, type PermissionKind, type StartOptions } from "./inherited_flags.ts";

/** Returns how much of a kind of permission the main process has. */
export function grantOf(kind: PermissionKind): "all" | "all but what is denied" | "less" {
  const { state, partial } = Deno.permissions.querySync({ name: kind }) as PermissionState;
  if (state !== "granted") return "less";
  return partial ? "all but what is denied" : "all";
}

interface PermissionState {
  readonly state: string;
  /** Whether a part of the permission is denied. */
  readonly partial?: boolean;
}

/**
 * Returns the permission options of a process that may do as much as the main process, or less.
 *
 * @param permissions The task's permissions; undefined for those of the main process.
 * @param folder The process hub's folder.
 */
export function permissionFlags(
  options: StartOptions,
  permissions: TaskPermissions | undefined,
  folder: string,
): string[] {
  const flags = PERMISSION_KINDS.map((kind) => flagsOf(kind, options, permissions));
  const isAll = flags.every(({ isWhole }) => isWhole);
  const own = { read: folder, write: `${folder}/up` } as const;
  return [
    ...(isAll ? ["-A"] : flags.flatMap((it) => it.flags)),
    ...(["read", "write"] as const).flatMap((kind) =>
      flags[PERMISSION_KINDS.indexOf(kind)]!.flags.includes(`--allow-${kind}`)
        ? []
        : [`--allow-${kind}=${listOf([own[kind]])}`]
    ),
    ...options.denied,
  ];
}

function flagsOf(
  kind: PermissionKind,
  { allowed, denied }: StartOptions,
  permissions: TaskPermissions | undefined,
): { isWhole: boolean; flags: readonly string[] } {
  const wanted = permissions === undefined ? true : permissions[kind] ?? false;
  if (wanted === false) return { isWhole: false, flags: [] };
  if (wanted !== true) return { isWhole: false, flags: [`--allow-${kind}=${listOf(wanted)}`] };
  const grant = grantOf(kind);
  if (grant === "all") return { isWhole: true, flags: [`--allow-${kind}`] };
  if (grant === "less") return { isWhole: false, flags: allowed[kind] ?? [] };
  // Where the denied items are unknown, nothing is granted.
  const isKnown = denied.some((flag) => flag.startsWith(`--deny-${kind}=`));
  return { isWhole: false, flags: isKnown ? [`--allow-${kind}`] : [] };
}

/** Joins a list; a comma within an item is doubled. */
function listOf(items: readonly string[]): string {
  return items.map((item) => item.replaceAll(",", ",,")).join();
}

/**
 * Checks that the run itself has a task's permissions.
 *
 * @throws {UsageError} if it lacks one.
 */
export function checkCovered(task: string, permissions: TaskPermissions): void {
  for (const kind of PERMISSION_KINDS) {
    const wanted = permissions[kind];
    if (typeof wanted !== "object") continue;
    const missing = wanted.find((item) => !isItemGranted(kind, item));
    if (missing === undefined) continue;
    throw new UsageError(
      `Cannot permit task "${task}" to ${ACTS[kind]} "${missing}": the run lacks the permission; ` +
        `start the run with --allow-${kind}=${missing}`,
    );
  }
}

const ACTS: Readonly<Record<PermissionKind, string>> = {
  read: "read",
  write: "write",
  net: "connect to",
  env: "read the variable",
  run: "start",
  sys: "query the system's",
  ffi: "load",
  import: "import from",
};

const ITEM_NAMES: Readonly<Record<PermissionKind, string>> = {
  read: "path",
  write: "path",
  net: "host",
  env: "variable",
  run: "command",
  sys: "kind",
  ffi: "path",
  import: "host",
};

function isItemGranted(kind: PermissionKind, item: string): boolean {
  const descriptor = { name: kind, [ITEM_NAMES[kind]]: item } as Deno.PermissionDescriptor;
  return isGranted(descriptor);
}
