/**
 * The manifest of a module: hashes of the local files that it imports, and the versions of packages
 * and remote modules. A worker joins a run only if its manifest equals the driver's; code is never
 * sent.
 */
import { UsageError } from "../base/errors.ts";
import { isInternalModule } from "../runtime/internal_frames.ts";
import { urlToPath } from "../runtime/file_url.ts";
import { sha256 } from "../runtime/sha256.ts";
import { processArgs } from "../spawn/process_args.ts";
import { configFlags, startOptions } from "../spawn/inherited_flags.ts";

/** The manifest of a module. */
export interface Manifest {
  /** The hash of each local file, by its path from the module's folder. */
  readonly files: Readonly<Record<string, string>>;
  /** Other imports: `npm:chalk@5.3.0`, `https://…`. Sorted. */
  readonly remotes: readonly string[];
}

/** A module as `deno info --json` describes it. */
interface ModuleInfo {
  readonly specifier: string;
  readonly local?: string;
  readonly error?: string;
  readonly dependencies?: readonly { readonly code?: { readonly specifier?: string } }[];
}

interface GraphInfo {
  readonly roots: readonly string[];
  readonly modules: readonly ModuleInfo[];
  readonly redirects?: Readonly<Record<string, string>>;
}

/** Flags that change the resolution of imports, as far as `deno info` accepts them. */
const RESOLUTION_FLAGS = new RegExp(
  "^(-c|--(config|no-config|import-map|lock|no-lock|node-modules-dir|vendor|no-remote|no-npm|cert))(=|$)",
);

/**
 * Creates the manifest of a module.
 *
 * @param url The module, a local file.
 * @throws {UsageError} when `deno info` fails.
 */
export async function manifestOf(url: string): Promise<Manifest> {
  const files: Record<string, string> = {};
  const remotes: string[] = [];
  for (const { specifier, local } of importedModules(await graphOf(url))) {
    if (!specifier.startsWith("file:")) remotes.push(specifier.replace("npm:/", "npm:"));
    else if (local !== undefined) {
      files[relativePath(url, specifier)] = await sha256(await Deno.readFile(local));
    }
  }
  return { files, remotes: remotes.sort() };
}

/**
 * The transitive imports of the module, without this library, whose version is compared separately.
 */
function importedModules({ roots, modules, redirects = {} }: GraphInfo): ModuleInfo[] {
  const known = new Map(modules.map((module) => [module.specifier, module]));
  const found = new Set<ModuleInfo>();
  const add = (name: string | undefined) => {
    const module = known.get(redirects[name ?? ""] ?? name ?? "");
    if (
      module === undefined || /^node:/.test(module.specifier) || isInternalModule(module.specifier)
    ) {
      return;
    }
    found.add(module); // a Set iterates over elements that are added meanwhile
  };
  roots.forEach(add);
  for (const { dependencies = [] } of found) {
    for (const { code } of dependencies) add(code?.specifier);
  }
  return [...found];
}

/**
 * Describes the first difference between two manifests.
 *
 * @returns Undefined if there is none.
 */
export function findDifference(local: Manifest, remote: Manifest): string | undefined {
  const paths = [...new Set([...Object.keys(local.files), ...Object.keys(remote.files)])].sort();
  const path = paths.find((it) => local.files[it] !== remote.files[it]);
  if (path !== undefined) {
    if (remote.files[path] === undefined) return `"${path}" is missing there`;
    if (local.files[path] === undefined) return `"${path}" is missing here`;
    return `"${path}" differs`;
  }
  const added = local.remotes.find((it) => !remote.remotes.includes(it));
  const missing = remote.remotes.find((it) => !local.remotes.includes(it));
  if (added === undefined && missing === undefined) return undefined;
  return `the module imports ${added ?? "nothing in its place"} here and ${
    missing ?? "nothing in its place"
  } there`;
}

/**
 * Lists the local files that a module imports, also those that cannot be loaded.
 *
 * @returns Absolute paths, that of the module among them.
 * @throws {UsageError} when `deno info` fails.
 */
export async function importedFilesOf(url: string): Promise<string[]> {
  const local = importedModules(await readGraph(url)).map(({ specifier }) => specifier)
    .filter((it) => it.startsWith("file:"));
  return [...new Set([url, ...local])].map((it) => urlToPath(new URL(it)));
}

/** Lists the local files of a manifest as absolute paths. */
export function localModulesOf(url: string, { files }: Manifest): string[] {
  return Object.keys(files).map((path) => urlToPath(new URL(path, url)));
}

/** The path of a file relative to the folder of a module. */
export function relativePath(module: string, url: string): string {
  const from = new URL(".", module).href.split("/").slice(0, -1);
  const to = url.split("/");
  let same = 0;
  while (same < from.length && from[same] === to[same]) same++;
  return [...from.slice(same).map(() => ".."), ...to.slice(same)].join("/");
}

async function graphOf(url: string): Promise<GraphInfo> {
  const graph = await readGraph(url);
  const failed = importedModules(graph).find(({ error }) => error !== undefined);
  if (failed !== undefined) throw manifestError(failed.error!.split("\n", 1)[0]!);
  return graph;
}

async function readGraph(url: string): Promise<GraphInfo> {
  if (Deno.build.standalone) throw manifestError("a compiled program cannot run `deno info`");
  const { code, stdout, stderr } = await denoInfo(url);
  const decoder = new TextDecoder();
  if (code !== 0) {
    const line = decoder.decode(stderr).split("\n").find((it) => it.trim() !== "") ?? `${code}`;
    throw manifestError(line.replace(/^error: /, ""));
  }
  return JSON.parse(decoder.decode(stdout)) as GraphInfo;
}

async function denoInfo(url: string): Promise<Deno.CommandOutput> {
  const options = startOptions(processArgs() ?? []);
  const flags = [
    ...options.inherited.filter((it) => RESOLUTION_FLAGS.test(it)),
    ...configFlags(options),
  ];
  try {
    const command = new Deno.Command(Deno.execPath(), { args: ["info", "--json", ...flags, url] });
    return await command.output();
  } catch (error) {
    if (!(error instanceof Deno.errors.NotCapable)) throw error;
    throw manifestError("run with --allow-run and --allow-read");
  }
}

function manifestError(reason: string): UsageError {
  return new UsageError(`Cannot list the module's imports: ${reason}`);
}
