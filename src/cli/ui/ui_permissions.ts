/** What the page needs to be permitted. It is said at once, rather than at the first click. */
import { isGranted } from "../../runtime/permissions.ts";
import { UsageError } from "../../base/errors.ts";

const NEEDED: readonly [flag: string, descriptor: Deno.PermissionDescriptor][] = [
  ["--allow-net=127.0.0.1", { name: "net", host: "127.0.0.1" }],
  ["--allow-read", { name: "read" }],
  ["--allow-write", { name: "write" }], // of temporary files
  ["--allow-run", { name: "run" }],
];

/**
 * Refuses to go on with less.
 *
 * @throws {UsageError} naming what is missing.
 */
export function checkUiPermissions(): void {
  const missing = NEEDED.filter(([, it]) => !isGranted(it));
  if (missing.length === 0) return;
  const flags = missing.map(([flag]) => flag).join(" ");
  throw new UsageError(`Cannot serve the page, which runs modules as processes: run with ${flags}`);
}
