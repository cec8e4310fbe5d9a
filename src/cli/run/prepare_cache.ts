/** Prepares the cache of a run: the parts of keys that are known before the first task starts. */
import { isGranted } from "../../runtime/permissions.ts";
import { VERSION } from "../../runtime/package.ts";
import { type Hash, keyedSha256, sha256 } from "../../runtime/sha256.ts";
import type { CacheRules, TaskCacheRule } from "../../cache/cache_rules.ts";
import { CacheStore } from "../../cache/cache_store.ts";
import { grantOf } from "../../spawn/permission_flags.ts";
import { PERMISSION_KINDS, startOptions } from "../../spawn/inherited_flags.ts";
import { processArgs } from "../../spawn/process_args.ts";
import { errorText } from "../../base/text_format.ts";
import type { FoundTask, TaskSpec } from "../../task/task.ts";
import { printNote } from "../system/print_message.ts";
import type { System } from "../system/system.ts";
import { createFolder, JOURNAL_FOLDER } from "../../journal/journal_folder.ts";
import { cacheFolderOf } from "./cache_folder_of.ts";
import { caseHashes } from "./case_hashes.ts";
import { hashModule } from "./hash_module.ts";
import type { Target } from "./load_target.ts";

/**
 * Prepares the cache of a run.
 *
 * @param specs The cached tasks of the run.
 * @returns Undefined if the cache cannot be used; a note on the reason is printed.
 */
export async function prepareCache(
  target: Target,
  specs: readonly TaskSpec[],
  system: System,
): Promise<CacheRules | undefined> {
  try {
    return await createRules(target, specs, system);
  } catch (error) {
    printNote(system, `results are not cached: ${errorText(error)}`);
    return undefined;
  }
}

async function createRules(
  target: Target,
  specs: readonly TaskSpec[],
  system: System,
): Promise<CacheRules> {
  const { request } = target;
  const folder = cacheFolderOf(request, system.folder);
  checkPermissions(folder, system.folder, specs);
  if (request.cacheDir === undefined) createFolder(`${system.folder}/${JOURNAL_FOLDER}`);
  const store = new CacheStore(folder);
  const secret = store.secret();
  const keyed = await keyedSha256(secret);
  const urls = [...new Set(specs.map(({ name }) => moduleOfTask(target, name)))];
  const modules = await Promise.all(
    urls.map(async (url) => [url, await hashModule(url, target.startMs, system)] as const),
  );
  return {
    folder,
    root: system.folder,
    secret,
    inputs: [
      ["version of tdrun", VERSION],
      ["version of Deno", `${Deno.version.deno} ${Deno.build.target}`],
      ["folder", system.folder],
      ["permissions", await keyed(permissions())],
    ],
    modules: Object.fromEntries(modules),
    explains: request.why !== undefined,
    tasks: await rulesOf(target, specs, keyed),
  };
}

/** The module that exports a task under its name; the module graph of a task is that of this. */
function moduleOfTask(
  { url, modules }: Pick<Target, "url" | "modules">,
  name: string,
): string {
  return modules.find(({ prefix }) => name.startsWith(prefix))?.url ?? url;
}

/** Maximum size of a cache, in bytes. */
const CACHE_BYTES_MAX = 1 << 30;

/** Removes the least recently used entries over the limit. A failure is printed as a note. */
export async function limitCache({ folder }: CacheRules, system: System): Promise<void> {
  try {
    await new CacheStore(folder).evict(CACHE_BYTES_MAX);
  } catch (error) {
    printNote(system, `the cache cannot be limited: ${errorText(error)}`);
  }
}

/** Deno must not prompt for a permission while a task is looked up. */
function checkPermissions(folder: string, root: string, specs: readonly TaskSpec[]): void {
  for (const name of ["read", "write"] as const) {
    if (!isGranted({ name, path: folder })) {
      throw new Error(`--allow-${name}="${folder}" is required`);
    }
  }
  const policies = specs.map(({ cache }) => cache!);
  const readsFiles = policies.some(({ files, outputs }) => files.length + outputs.length > 0);
  const writesFiles = policies.some(({ outputs }) => outputs.length > 0);
  if (readsFiles && !isGranted({ name: "read", path: root })) {
    throw new Error(`--allow-read="${root}" is required to compare files`);
  }
  if (writesFiles && !isGranted({ name: "write", path: root })) {
    throw new Error(`--allow-write="${root}" is required to restore outputs`);
  }
  for (const variable of policies.flatMap(({ env }) => env)) {
    if (!isGranted({ name: "env", variable })) {
      throw new Error(`--allow-env=${variable} is required to compare the variable`);
    }
  }
}

function permissions(): string {
  const { allowed, denied } = startOptions(processArgs() ?? []);
  const granted = PERMISSION_KINDS.map((kind) => [kind, grantOf(kind), allowed[kind] ?? []]);
  return JSON.stringify([granted, [...denied].sort()]);
}

async function rulesOf(
  target: Target,
  specs: readonly TaskSpec[],
  keyed: Hash,
): Promise<Record<string, TaskCacheRule>> {
  const { tasks, cases } = target;
  const hashes = await caseHashes(cases);
  const groups = groupsOf(tasks);
  const rules: Record<string, TaskCacheRule> = {};
  for (const { name, cache, caseOf } of specs) {
    const { after } = tasks.get(name)!.spec;
    const module = moduleOfTask(target, name);
    const hash = caseOf === undefined ? undefined : hashes.get(name);
    if (hash === null || (caseOf !== undefined && hash === undefined)) {
      rules[name] = {
        module,
        policy: cache!,
        after,
        readable: [],
        inputs: [],
        outputsBefore: [],
        isUnknown: true,
      };
      continue;
    }
    const dependencies = new Set(after);
    const whole = [...groups].filter(([, names]) => names.every((it) => dependencies.has(it)));
    rules[name] = {
      module,
      policy: cache!,
      after,
      readable: [...after, ...whole.map(([group]) => group)],
      inputs: [
        ["dependencies", await sha256(JSON.stringify(after))],
        ...(hash === undefined ? [] : [["case", await keyed(hash)] as const]),
      ],
      outputsBefore: after.flatMap((it) => tasks.get(it)?.spec.cache?.outputs ?? []),
    };
  }
  return rules;
}

/** The names of the cases of each task with cases. */
function groupsOf(tasks: ReadonlyMap<string, FoundTask>): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const { spec: { name, caseOf } } of tasks.values()) {
    if (caseOf !== undefined) groups.getOrInsertComputed(caseOf, () => []).push(name);
  }
  return groups;
}
