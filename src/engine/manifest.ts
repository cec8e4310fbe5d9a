/**
 * What a module is made of, so that two machines can tell whether they hold the same: the local files among
 * all it imports, by their content, and the packages and remote modules, by their versions. Code itself never
 * goes over the wire.
 */
import { UsageError } from "../base/errors.ts";
import { isOwnModule } from "../runtime/internal_frames.ts";
import { processArgs } from "../spawn/process_args.ts";
import { configFlags, startOptions } from "../spawn/inherited_flags.ts";

/** See the head of this file. */
export interface Manifest {
  /** The hash of each local file, by its path from the module's folder. */
  readonly files: Readonly<Record<string, string>>;
  /** What else is imported: `npm:chalk@5.3.0`, `https://…`. Sorted. */
  readonly others: readonly string[];
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

/** Options that say what names stand for; of those, what `deno info` knows. */
const NAMING = new RegExp(
  "^(-c|--(config|no-config|import-map|lock|no-lock|node-modules-dir|vendor|no-remote|no-npm|cert))(=|$)",
);

/**
 * Looks at a module.
 *
 * @param url The module, a local file.
 * @throws {UsageError} when that cannot be done.
 */
export async function manifestOf(url: string): Promise<Manifest> {
  const files: Record<string, string> = {};
  const others: string[] = [];
  for (const { specifier, local } of reached(await graphOf(url))) {
    if (!specifier.startsWith("file:")) others.push(specifier.replace("npm:/", "npm:"));
    else if (local !== undefined) files[relativePath(url, specifier)] = await hashOf(local);
  }
  return { files, others: others.sort() };
}

/** What the module imports, and what that does; but this library, which has a version. */
function reached({ roots, modules, redirects = {} }: GraphInfo): ModuleInfo[] {
  const known = new Map(modules.map((module) => [module.specifier, module]));
  const found = new Set<ModuleInfo>();
  const enter = (name: string | undefined) => {
    const module = known.get(redirects[name ?? ""] ?? name ?? "");
    if (module === undefined || /^node:/.test(module.specifier) || isOwnModule(module.specifier)) {
      return;
    }
    found.add(module); // a Set goes on with what is added to it meanwhile
  };
  roots.forEach(enter);
  for (const { dependencies = [] } of found) {
    for (const { code } of dependencies) enter(code?.specifier);
  }
  return [...found];
}

/**
 * Says how two manifests differ.
 *
 * @returns One difference, in words; undefined if there is none.
 */
export function difference(here: Manifest, there: Manifest): string | undefined {
  const paths = [...new Set([...Object.keys(here.files), ...Object.keys(there.files)])].sort();
  const path = paths.find((it) => here.files[it] !== there.files[it]);
  if (path !== undefined) {
    if (there.files[path] === undefined) return `"${path}" is no part of it there`;
    if (here.files[path] === undefined) return `"${path}" is no part of it here`;
    return `"${path}" is not the same`;
  }
  const added = here.others.find((it) => !there.others.includes(it));
  const missing = there.others.find((it) => !here.others.includes(it));
  if (added === undefined && missing === undefined) return undefined;
  return `it imports ${added ?? "nothing in the place of it"} here, and ${
    missing ?? "nothing in the place of it"
  } there`;
}

/** The path of a file from the folder of a module, with `..` where it is not in there. */
export function relativePath(module: string, url: string): string {
  const from = new URL(".", module).href.split("/").slice(0, -1);
  const to = url.split("/");
  let same = 0;
  while (same < from.length && from[same] === to[same]) same++;
  return [...from.slice(same).map(() => ".."), ...to.slice(same)].join("/");
}

async function graphOf(url: string): Promise<GraphInfo> {
  if (Deno.build.standalone) throw refusal("a compiled program has no Deno to look at it");
  const { code, stdout, stderr } = await info(url);
  const decoder = new TextDecoder();
  if (code !== 0) {
    const line = decoder.decode(stderr).split("\n").find((it) => it.trim() !== "") ?? `${code}`;
    throw refusal(line.replace(/^error: /, ""));
  }
  const graph = JSON.parse(decoder.decode(stdout)) as GraphInfo;
  const broken = reached(graph).find(({ error }) => error !== undefined);
  if (broken !== undefined) throw refusal(broken.error!.split("\n", 1)[0]!);
  return graph;
}

async function info(url: string): Promise<Deno.CommandOutput> {
  const options = startOptions(processArgs() ?? []);
  const flags = [...options.inherited.filter((it) => NAMING.test(it)), ...configFlags(options)];
  try {
    const command = new Deno.Command(Deno.execPath(), { args: ["info", "--json", ...flags, url] });
    return await command.output();
  } catch (error) {
    if (!(error instanceof Deno.errors.NotCapable)) throw error;
    throw refusal("that needs --allow-run and --allow-read");
  }
}

async function hashOf(path: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", await Deno.readFile(path));
  return new Uint8Array(digest).toHex();
}

function refusal(why: string): UsageError {
  return new UsageError(`Cannot tell what the module is made of: ${why}`);
}
