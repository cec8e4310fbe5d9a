/**
 * The code of a run on different machines: what stands for a file on one of them stands for the same file, from
 * the module's folder, on another.
 */
import { UsageError } from "../base/errors.ts";
import { clipped, onOneLine } from "../base/text_format.ts";
import type { CodeSource } from "../lane/run_spec.ts";
import { modulesOf } from "../process/run_spec_files.ts";
import { type Manifest, relativePath } from "./manifest.ts";

/** The module by which a run is known: the one its workers are started with. */
export function mainModuleOf(code: CodeSource): string {
  switch (code.kind) {
    case "module":
      return code.url;
    case "scheduler":
      return code.modules.length === 1 ? code.modules[0]! : Deno.mainModule;
    case "replay":
      return code.entry;
  }
}

/** The name of a module's file. */
export function fileName(module: string): string {
  return decodeURIComponent(new URL(module).pathname.split("/").at(-1)!);
}

/** The code, with what `change` makes of each URL. */
export function withUrls(code: CodeSource, change: (url: string) => string): CodeSource {
  if (code.kind === "replay") return code;
  if (code.kind === "module") return { ...code, version: undefined, url: change(code.url) };
  const { modules, key, completedStarts } = code;
  return {
    ...code,
    modules: modules.map(change),
    key: withUrl(key, change),
    completedStarts: Object.fromEntries(
      Object.entries(completedStarts).map(([it, n]) => [withUrl(it, change), n]),
    ),
  };
}

/** The key of a scheduler, which begins with a URL (see call_site.ts), with what `change` makes of that. */
export function withUrl(key: string, change: (url: string) => string): string {
  return key.replace(/^.*(?=#[\d:,]*#\d+$)/, change);
}

/** What stands for a URL everywhere. */
export function toPortable(url: string, module: string): string {
  return url.startsWith("file:") ? relativePath(module, url) : url;
}

/** What something {@linkcode toPortable} stands for where the module is this one. */
export function toLocal(path: string, module: string): string {
  return new URL(path, module).href;
}

/**
 * Refuses code that is no part of the module as this machine has it. Whoever can write to the engine can say what
 * a run's code is: it says which part of the module, and nothing else.
 *
 * @param code As the engine has it, its URLs {@linkcode toPortable}.
 * @throws {UsageError} naming what is no part.
 */
export function rejectForeignCode(code: CodeSource, { files, others }: Manifest): void {
  const foreign = modulesOf(code)
    .filter((it) => !Object.hasOwn(files, it) && !others.includes(it));
  if (foreign.length === 0) return;
  const name = onOneLine(clipped(String(foreign[0]), NAME_MAX));
  throw new UsageError(`the code of the run is no part of the module here: "${name}"`);
}

const NAME_MAX = 80;
