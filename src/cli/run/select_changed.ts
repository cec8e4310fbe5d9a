/** `--changed`: the tasks whose code or cached files differ from a git ref. */
import { NothingToRunError, UsageError } from "../../base/errors.ts";
import { isGranted } from "../../runtime/permissions.ts";
import { FilePatterns } from "../../cache/file_patterns.ts";
import { localModulesOf, manifestOf } from "../../engine/manifest.ts";
import type { Graph } from "../../graph/graph.ts";
import { isTask } from "../../graph/resources.ts";
import type { System } from "../system/system.ts";
import type { Request } from "../args/request.ts";
import type { Project } from "./project_modules.ts";

/**
 * Selects the tasks that differ from the ref of `--changed`, and their dependents. A change of a
 * module graph changes every task of the module, and a change of a configuration every task.
 *
 * @param all All tasks of the module, or of the project.
 * @throws {UsageError} when git fails, as for an unknown ref.
 * @throws {NothingToRunError} when no task has changed.
 */
export async function selectChanged(
  request: Request,
  all: Graph,
  { url, modules }: Project,
  system: System,
): Promise<Request> {
  const ref = request.changed!;
  const changed = await changedFiles(ref, system.folder);
  const why = (name: string, reason: string) => {
    if (request.why?.has(name)) system.err(`${name}: ${reason}`);
  };
  const tasks = all.tasks.filter(isTask);
  const codes = await Promise.all(
    (modules.length === 0 ? [{ prefix: "", url }] : modules).map(async ({ prefix, url }) => {
      const files = new Set(localModulesOf(url, await manifestOf(url)));
      const file = changed.absolute.find((path) => files.has(path) || CONFIG.test(path));
      return { prefix, file };
    }),
  );
  const names = tasks.flatMap(({ name, cache }) => {
    const code = codes.find(({ prefix, file }) => file && name.startsWith(prefix))?.file;
    const patterns = new FilePatterns(cache?.files ?? []);
    const file = code ?? changed.below.find((path) => patterns.matches(path));
    if (file === undefined) return [];
    why(name, `${code === undefined ? "file " : ""}${file} differs from ${ref}`);
    return [name];
  });
  if (names.length === 0) {
    throw new NothingToRunError(`Nothing to run: no task has changed since ${ref}`);
  }
  const isAll = names.length === tasks.length;
  const selection = { ...request.selection, names: isAll ? [] : names, dependents: true };
  return { ...request, selection };
}

/** Files that apply to the whole module graph. */
const CONFIG = /(^|\/)(deno\.jsonc?|deno\.lock|package\.json|import_map\.json|\.npmrc)$/;

interface ChangedFiles {
  readonly absolute: readonly string[];
  /** Those below the folder of the run, relative to it. */
  readonly below: readonly string[];
}

/** Lists the files that differ from a ref, are new, or were deleted. */
async function changedFiles(ref: string, folder: string): Promise<ChangedFiles> {
  const [root = ""] = await git(folder, ["rev-parse", "--show-toplevel"], "\n");
  const lists = await Promise.all([
    git(root, ["diff", "--name-only", "--no-renames", "-z", "--end-of-options", ref, "--"], "\0"),
    git(root, ["ls-files", "--others", "--exclude-standard", "-z"], "\0"),
  ]);
  const absolute = [...new Set(lists.flat())].map((path) => `${root}/${path}`);
  const real = `${Deno.realPathSync(folder)}/`; // as git reports its root
  const below = absolute.flatMap((it) => it.startsWith(real) ? [it.slice(real.length)] : []);
  return {
    absolute: absolute.map((it) => it.startsWith(real) ? folder + it.slice(real.length - 1) : it),
    below,
  };
}

async function git(folder: string, args: readonly string[], end: string): Promise<string[]> {
  if (!isGranted({ name: "run", command: "git" })) {
    throw new UsageError("Cannot use --changed: run with --allow-run=git");
  }
  const command = new Deno.Command("git", { args: ["-C", folder, ...args] });
  const { code, stdout, stderr } = await output(command);
  const decoder = new TextDecoder();
  if (code !== 0) {
    const [line = ""] = decoder.decode(stderr).split("\n");
    throw new UsageError(`Cannot use --changed: git: ${line.replace(/^(fatal|error): /, "")}`);
  }
  return decoder.decode(stdout).split(end).filter((it) => it !== "");
}

async function output(command: Deno.Command): Promise<Deno.CommandOutput> {
  try {
    return await command.output();
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new UsageError("Cannot use --changed: git is not installed");
  }
}
