/**
 * The program of a process. It names the user's modules in imports that stand there as they are: so Deno
 * loads them as part of the program, for which no permission to read is needed.
 */
import { partUrl } from "../runtime/package.ts";

/** See the head of this file. */
export function entryModuleSource(folder: string, modules: readonly string[]): string {
  const work = partUrl("workers/task_process").href;
  const text = (value: unknown) => JSON.stringify(value);
  return [
    `import { startTaskProcess } from ${text(work)};`,
    `startTaskProcess(${text(folder)}, {`,
    ...modules.map((url) => `  ${text(url)}: () => import(${text(url)}),`),
    "});",
    "",
  ].join("\n");
}
