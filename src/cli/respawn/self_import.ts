/**
 * The library's own name. Where no configuration explains `from "@thread-order/cli"`, a module means the
 * copy that runs it; Deno has to be told so when it starts, so the command is run again. Most modules'
 * projects have the name, so that is done only when one could not be loaded without.
 */
import { UsageError } from "../../base/errors.ts";
import { PACKAGE } from "../../runtime/package.ts";
import type { System } from "../system/system.ts";
import { discoveredProject, projectAmong } from "./project.ts";

/** Whether a module could not be loaded for want of the library's name. */
function isSelfImportError(error: unknown): boolean {
  return error instanceof UsageError &&
    new RegExp(`Import "${PACKAGE}(/[^"]*)?" not a dependency`).test(error.message);
}

/** What would help a module that could not be loaded for want of the library's name. */
export function selfImportHint(error: UsageError): string {
  if (!isSelfImportError(error) || Deno.build.standalone) return "";
  return `; import "jsr:${PACKAGE}", or add the package to the configuration: deno add jsr:${PACKAGE}`;
}

/**
 * Runs the command again with the library's name, if it was that its module could not be loaded for.
 *
 * @param error Why the command could not go on.
 * @returns The exit code; undefined where that is not the reason, or cannot be helped.
 */
export async function respawnWithSelfImport(
  error: unknown,
  args: readonly string[],
  system: System,
): Promise<number | undefined> {
  if (system.isRespawned || !isSelfImportError(error)) return undefined;
  const { respawn } = await import("./respawn.ts");
  const project = projectAmong(args, system.folder) ?? discoveredProject(system.folder);
  return await respawn({ project, args, why: "names" }, system);
}
