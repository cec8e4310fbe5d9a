/** The configuration that this process was started with, by its options. */
import { isFile, moduleUrl, urlToPath } from "../../runtime/file_url.ts";
import type { StartOptions } from "../../spawn/inherited_flags.ts";
import { discoveredProject, type Project } from "./project.ts";

/**
 * Whether this process runs with the configuration of a project, or was explicitly started with
 * another.
 *
 * @param options The options of this process.
 * @param folder The current folder.
 */
export function isConfigActive(project: Project, options: StartOptions, folder: string): boolean {
  if (isConfigGiven(options, folder)) return true;
  const config = configOption(options, folder);
  if (config === undefined) return discoveredProject(folder)?.folder === project.folder;
  return urlToPath(config) === project.config;
}

/**
 * Whether an option of this process maps its imports: then no other configuration applies.
 *
 * @param options The options of this process.
 * @param folder The current folder.
 */
export function isConfigGiven(options: StartOptions, folder: string): boolean {
  const config = configOption(options, folder);
  return options.inherited.some((it) => /^--(no-config|import-map)(=|$)/.test(it)) ||
    (config !== undefined && !isInstalledConfig(config));
}

/** The configuration that an option names. */
function configOption({ inherited: kept }: StartOptions, folder: string): URL | undefined {
  const config = kept.findLast((it) => /^(-c|--config)=/.test(it))?.replace(/^.*?=/, "");
  return config === undefined ? undefined : new URL(moduleUrl(config, folder));
}

/** `deno install` gives the command `bin/tdrun` the configuration `bin/.tdrun/deno.json`. */
function isInstalledConfig(config: URL): boolean {
  const name = /\/\.([^/]+)\/deno\.json$/.exec(config.pathname)?.[1];
  return name !== undefined &&
    [name, `${name}.cmd`].some((it) => isFile(new URL(`../${it}`, config)));
}
