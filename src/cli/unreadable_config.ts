/**
 * What of a project's configuration cannot be read. A process that was started with it would end at once,
 * and with the code that here means that a task has failed.
 */
import { isFile, pathOf } from "../base/file_url.ts";
import { lockOf } from "./borrowed_files.ts";
import { parseConfig, readConfig } from "./config_file.ts";
import { configsOf, type Project } from "./own_config.ts";

/** A line that names the first file that cannot be read, or undefined. */
export function unreadableConfig(project: Project): string | undefined {
  const [configs = []] = configsOf(project);
  const broken = configs.map((config) => problemOf(config, parseConfig)).find((it) => it);
  if (broken !== undefined) return broken;
  for (const config of configs) {
    const { importMap } = readConfig(config);
    if (typeof importMap !== "string" || /^\w+:/.test(importMap)) continue;
    const map = new URL(importMap, config);
    if (!isFile(map)) return `Cannot read "${pathOf(map)}", the import map: no such file`;
  }
  const lock = lockOf(project);
  return lock && problemOf(lock, JSON.parse);
}

function problemOf(file: URL, parse: (text: string) => unknown): string | undefined {
  try {
    parse(Deno.readTextFileSync(file));
    return undefined;
  } catch (error) {
    if (!(error instanceof SyntaxError)) return undefined; // may not be read: Deno has its own words
    return `Cannot read "${pathOf(file)}": ${error.message.replaceAll(/\s+/g, " ")}`;
  }
}
