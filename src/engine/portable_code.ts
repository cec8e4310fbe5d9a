/**
 * Converts the URLs of a run's code to paths relative to the module's folder, and back: the same
 * file has different URLs on different machines.
 */
import { UsageError } from "../base/errors.ts";
import { onOneLine, truncate } from "../base/text_format.ts";
import type { CodeSource, RunSpec } from "../lane/run_spec.ts";
import type { TaskPermissions } from "../task/task_permissions.ts";
import { modulesOf } from "../process/run_spec_files.ts";
import type { EngineRunSpec } from "./engine_protocol.ts";
import { type Manifest, relativePath } from "./manifest.ts";

/** The main module of a run: the one its workers are started with. */
export function mainModuleOf(code: CodeSource): string {
  switch (code.kind) {
    case "module":
      return code.url;
    case "scheduler":
      return code.modules.length === 1 ? code.modules[0]! : Deno.mainModule;
  }
}

/** The file name of a module. */
export function fileName(module: string): string {
  return decodeURIComponent(new URL(module).pathname.split("/").at(-1)!);
}

/** Maps the URLs of code. */
export function withUrls(code: CodeSource, change: (url: string) => string): CodeSource {
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

/** Maps the URL at the start of a scheduler's key (see call_sites.ts). */
export function withUrl(key: string, change: (url: string) => string): string {
  return key.replace(/^.*(?=#[\d:,]*#\d+$)/, change);
}

/** Converts a URL to a path that is valid on every machine. */
export function toPortable(url: string, module: string): string {
  return url.startsWith("file:") ? relativePath(module, url) : url;
}

/** Converts a {@linkcode toPortable} path to a URL on this machine. */
export function toLocal(path: string, module: string): string {
  return new URL(path, module).href;
}

/**
 * Rejects code that this machine's module does not import. Every client of the engine can write the
 * spec of a run: it may choose among the module's own files, and nothing else.
 *
 * @param code The code, with {@linkcode toPortable} paths.
 * @throws {UsageError} naming the first file that is not imported.
 */
export function rejectForeignCode(code: CodeSource, { files, remotes }: Manifest): void {
  const unknown = modulesOf(code)
    .filter((it) => !Object.hasOwn(files, it) && !remotes.includes(it));
  if (unknown.length === 0) return;
  const name = onOneLine(truncate(String(unknown[0]), QUOTED_NAME_MAX));
  throw new UsageError(`the run refers to "${name}", which this worker's module does not import`);
}

const QUOTED_NAME_MAX = 80;

/** Converts the spec of a run to the part that is valid on every machine. */
export function toEngineRunSpec(spec: RunSpec, module: string): EngineRunSpec {
  const { rules, hooks, names, local } = spec;
  const permissions = names.map((name): TaskPermissions | null =>
    local.get(name)?.spec.policy?.permissions ?? null
  );
  return {
    rules,
    permissions,
    code: withUrls(spec.code, (url) => toPortable(url, module)),
    hasSetup: hooks.setupWorker !== undefined,
    hasTeardown: hooks.teardownWorker !== undefined,
  };
}
