/**
 * The library's own name. Where no configuration explains `from "@thread-order/cli"`, a module means the
 * copy that runs it; Deno has to be told so when it starts, so the command is run again. Most modules'
 * projects have the name, so that is done only when one could not be loaded without.
 */
import { UsageError } from "../base/errors.ts";
import { PACKAGE } from "../base/package.ts";
import type { Host } from "./host.ts";
import { readConfig } from "./config_file.ts";
import { discoveredProject, projectAmong } from "./own_config.ts";

/** The package of JSR that a copy of the command belongs to, if it does, with its version. */
export function jsrPackage({ href }: URL): string | undefined {
  const [, name, version] = /^https?:.*\/(@[^/]+\/[^/]+)\/(\d[^/]*)\/cli\.\w+$/.exec(href) ?? [];
  return name === undefined ? undefined : `${name}@${version}`;
}

/**
 * What the names of the package stand for in a copy of it.
 *
 * @param main Its cli.ts.
 */
export function ownNames(main: URL): Record<string, string> {
  const jsr = jsrPackage(main);
  if (jsr !== undefined) return { [PACKAGE]: `jsr:${jsr}`, [`${PACKAGE}/`]: `jsr:/${jsr}/` };
  const { exports = { ".": "./mod.ts" } } = readConfig(new URL("deno.json", main));
  return Object.fromEntries(
    Object.entries(exports as Record<string, string>).map(([door, path]) => [
      PACKAGE + door.slice(1),
      new URL(path, main).href,
    ]),
  );
}

/** Whether a module could not be loaded for want of the library's name. */
function isUnknown(error: unknown): boolean {
  return error instanceof UsageError &&
    new RegExp(`Import "${PACKAGE}(/[^"]*)?" not a dependency`).test(error.message);
}

/** What would help a module that could not be loaded for want of the library's name. */
export function hintOnOwnName(error: UsageError): string {
  if (!isUnknown(error) || Deno.build.standalone) return "";
  return `; write "jsr:${PACKAGE}", or put the name into the configuration: deno add jsr:${PACKAGE}`;
}

/**
 * Runs the command again with the library's name, if it was that its module could not be loaded for.
 *
 * @param error Why the command could not go on.
 * @returns The exit code; undefined where that is not the reason, or cannot be helped.
 */
export async function runWithOwnNames(
  error: unknown,
  args: readonly string[],
  host: Host,
): Promise<number | undefined> {
  if (host.isAgain || !isUnknown(error)) return undefined;
  const { runAgain } = await import("./run_again.ts");
  const project = projectAmong(args, host.folder) ?? discoveredProject(host.folder);
  return await runAgain({ project, args, why: "names" }, host);
}
