/** Hashes of a module graph, and of the configurations that apply to it. */
import { epochNowMs, nowMs } from "../../runtime/clock.ts";
import { ancestorFolders, isFile, moduleUrl, urlToPath } from "../../runtime/file_url.ts";
import type { Input, ModuleInputs } from "../../cache/cache_rules.ts";
import { fileDigestOf } from "../../cache/digests.ts";
import { FILE_TIME_MARGIN_MS, fileChangedAtMs } from "../../cache/file_time.ts";
import { localModulesOf, type Manifest, manifestOf } from "../../engine/manifest.ts";
import { startOptions } from "../../spawn/inherited_flags.ts";
import { processArgs } from "../../spawn/process_args.ts";
import type { System } from "../system/system.ts";

/** Files that change how imports are resolved or code is run, besides those that options name. */
const CONFIGS = [
  "deno.json",
  "deno.jsonc",
  "deno.lock",
  "package.json",
  "import_map.json",
  ".npmrc",
];

/**
 * Hashes the files and packages of a module graph, and the configurations that apply to it.
 *
 * @param startMs When loading the module began, in ms of the monotonic clock.
 * @throws when a file cannot be read, or has changed since.
 */
export async function hashModule(
  url: string,
  startMs: number,
  { folder }: System,
): Promise<ModuleInputs> {
  const manifest = await manifestOf(url);
  const files = await hashFiles(url, manifest, startMs);
  const inputs = [
    ...manifest.remotes.map((it): Input => [`package ${it}`, "imported"]),
    ...Object.entries(files).map(([path, digest]): Input => [`module ${path}`, digest]),
    ...await hashConfigs(url, folder),
  ];
  return { inputs, files };
}

/**
 * Hashes the local files of the module graph. A file that was written after this process began to
 * load the module may be loaded in either version.
 */
async function hashFiles(
  url: string,
  manifest: Manifest,
  startMs: number,
): Promise<Record<string, string>> {
  const loadedAt = epochNowMs() - (nowMs() - startMs) - FILE_TIME_MARGIN_MS;
  const hashes: Record<string, string> = {};
  for (const path of localModulesOf(url, manifest)) {
    const changedAt = fileChangedAtMs(path);
    // A time in the future is that of another machine.
    if (changedAt >= loadedAt && changedAt <= epochNowMs()) {
      throw new Error(`"${path}" has changed since the start`);
    }
    hashes[path] = await fileDigestOf(path);
  }
  return hashes;
}

/** Hashes the configurations that apply to a module. */
export function hashConfigs(url: string, folder: string): Promise<Input[]> {
  return Promise.all(
    configFiles(url, folder).map(async (path) =>
      [`configuration ${path}`, await fileDigestOf(path)] as const
    ),
  );
}

/**
 * Lists the configurations in the folders of the module and of the run and above, and those that
 * options name.
 */
export function configFiles(url: string, folder: string): string[] {
  const { inherited } = startOptions(processArgs() ?? []);
  const named = inherited.filter((it) => /^(-c|--(config|import-map|lock))=/.test(it))
    .map((it) => new URL(moduleUrl(it.replace(/^.*?=/, ""), folder)));
  const found = [new URL(".", url), new URL(`${moduleUrl("", folder)}`)]
    .filter(({ protocol }) => protocol === "file:")
    .flatMap((start) => [...ancestorFolders(start)])
    .flatMap((at) => CONFIGS.map((name) => new URL(name, at)));
  const files = [...found, ...named.filter(({ protocol }) => protocol === "file:")].filter(isFile);
  const maps = files.flatMap((file) => {
    const [, map] = /"importMap"\s*:\s*"([^"]+)"/.exec(Deno.readTextFileSync(file)) ?? [];
    return map === undefined || /^https?:/.test(map) ? [] : [new URL(map, file)];
  });
  return [...new Set([...files, ...maps.filter(isFile)].map(urlToPath))].sort();
}
