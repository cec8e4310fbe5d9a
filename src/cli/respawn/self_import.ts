/**
 * Self import: if no configuration resolves `from "@thread-order/cli"`, a module gets the copy that
 * runs it. That takes an import map at the start of Deno, hence a respawn; since most projects
 * resolve the name, the command respawns only after a module could not be loaded.
 */
import { UsageError } from "../../base/errors.ts";
import { PACKAGE } from "../../runtime/package.ts";
import type { System } from "../system/system.ts";
import { discoveredProject, projectOfArgs } from "./project.ts";

/** Whether a module could not be loaded because the library's name is not resolved. */
export function isSelfImportError(error: unknown): error is UsageError {
  return error instanceof UsageError &&
    new RegExp(`Import "${PACKAGE}(/[^"]*)?" not a dependency`).test(error.message);
}

/** A hint for a module that could not be loaded because the library's name is not resolved. */
export function selfImportHint(error: UsageError): string {
  if (!isSelfImportError(error) || Deno.build.standalone) return "";
  return `; import "jsr:${PACKAGE}", or add the package to the configuration: deno add jsr:${PACKAGE}`;
}

/**
 * Respawns the command with an import map for the library's name, if the module failed for want of
 * it.
 *
 * @param error The reason of the failure.
 * @returns The exit code; undefined for another reason, or if a respawn is not possible.
 */
export async function respawnWithSelfImport(
  error: unknown,
  args: readonly string[],
  system: System,
): Promise<number | undefined> {
  if (system.isRespawned || !isSelfImportError(error)) return undefined;
  const { respawn } = await import("./respawn.ts");
  const project = projectOfArgs(args, system.folder) ?? discoveredProject(system.folder);
  return await respawn({ project, args, why: "names" }, system);
}
