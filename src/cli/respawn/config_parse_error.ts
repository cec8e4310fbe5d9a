/**
 * What of a project's configuration cannot be read. A process that was started with it would end at once,
 * and with the code that here means that a task has failed.
 */
import { isFile, urlToPath } from "../../runtime/file_url.ts";
import { lockOf } from "./project_file_copies.ts";
import { flawIn, parseConfig, readConfig } from "./config_file.ts";
import { configsOf, type Project } from "./project.ts";

/** A line that names the first file that cannot be read, or undefined. */
export function configParseError(project: Project): string | undefined {
  const [configs = []] = configsOf(project);
  const broken = configs.map((config) => problemOf(config, parseConfig)).find((it) => it);
  if (broken !== undefined) return broken;
  for (const config of configs) {
    const { importMap } = readConfig(config);
    if (typeof importMap !== "string" || /^\w+:/.test(importMap)) continue;
    const map = new URL(importMap, config);
    if (!isFile(map)) return `Cannot read "${urlToPath(map)}", the import map: no such file`;
  }
  const lock = lockOf(project);
  return lock && problemOf(lock, JSON.parse);
}

function problemOf(file: URL, parse: (text: string) => unknown): string | undefined {
  const flaw = flawIn(file, parse);
  return flaw && `Cannot read "${urlToPath(file)}": ${flaw.message.replaceAll(/\s+/g, " ")}`;
}
