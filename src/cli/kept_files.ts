/** Files that a run is made of are not written over: a slip of the keyboard would cost a module. */
import { UsageError } from "../base/errors.ts";
import { moduleUrl } from "../task/load.ts";
import type { Request } from "./request.ts";

/**
 * Makes sure that the module and the state file outlive the run.
 *
 * @param url The module.
 * @throws {UsageError} when a report, or the state, is to be written there. The state may go back to where
 * it has come from.
 */
export function refuseWritingOver(request: Request, url: string, folder: string): void {
  const { files, stateOut, stateFile } = request;
  const urlOf = (file: string) => real(moduleUrl(file, folder));
  url = real(url);
  const refuse = (file: string, what: string, kept: string) => {
    throw new UsageError(`Cannot write ${what} to "${file}": that is the ${kept}`);
  };
  const stateUrl = stateFile === undefined ? undefined : urlOf(stateFile);
  for (const { name, file } of files) {
    if (urlOf(file) === url) refuse(file, `the ${name} report`, "module");
    if (urlOf(file) === stateUrl) refuse(file, `the ${name} report`, "state file");
  }
  if (stateOut !== undefined && urlOf(stateOut) === url) refuse(stateOut, "the state", "module");
}

/** Where a file is that is reached through symbolic links, if there is one that may be looked at. */
function real(url: string): string {
  if (!url.startsWith("file:")) return url;
  try {
    return moduleUrl(Deno.realPathSync(new URL(url)), "/");
  } catch {
    return url;
  }
}
