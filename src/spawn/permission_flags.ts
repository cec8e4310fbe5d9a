/** What a process is permitted, as options of Deno. */
import { isGranted } from "../runtime/permissions.ts";
import { UsageError } from "../base/errors.ts";
import type { TaskPermissions } from "../task/task_permissions.ts";
import { PERMISSION_KINDS, type PermissionKind, type StartOptions } from "./inherited_flags.ts";

/** How much the main process has of a kind. */
export function grantOf(kind: PermissionKind): "all" | "all but what is denied" | "less" {
  const { state, partial } = Deno.permissions.querySync({ name: kind }) as PermissionState;
  if (state !== "granted") return "less";
  return partial ? "all but what is denied" : "all";
}

interface PermissionState {
  readonly state: string;
  /** Whether a part of it is denied. */
  readonly partial?: boolean;
}

/**
 * The options for a process that is permitted what the main one is, or less.
 *
 * @param permissions What the task is permitted; undefined for all that the main process is.
 * @param folder Where our own files are.
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
  // Where it is not known what is denied, nothing is given.
  const isKnown = denied.some((flag) => flag.startsWith(`--deny-${kind}=`));
  return { isWhole: false, flags: isKnown ? [`--allow-${kind}`] : [] };
}

/** A comma within an item is written twice. */
function listOf(items: readonly string[]): string {
  return items.map((item) => item.replaceAll(",", ",,")).join();
}

/**
 * Refuses permissions that the run does not have itself.
 *
 * @throws {UsageError} naming the first.
 */
export function checkCovered(task: string, permissions: TaskPermissions): void {
  for (const kind of PERMISSION_KINDS) {
    const wanted = permissions[kind];
    if (typeof wanted !== "object") continue;
    const missing = wanted.find((item) => !isItemGranted(kind, item));
    if (missing === undefined) continue;
    throw new UsageError(
      `Cannot permit the task "${task}" to ${ACTS[kind]} "${missing}": the run itself may not; ` +
        `start it with --allow-${kind}=${missing}`,
    );
  }
}

const ACTS: Readonly<Record<PermissionKind, string>> = {
  read: "read",
  write: "write",
  net: "connect to",
  env: "see the variable",
  run: "start",
  sys: "ask the system for",
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
