/**
 * Marked functions and hooks that a module was meant to export, and does not: an `export` was forgotten, two
 * `export *` have the same name, or the function is in an array or an object. Such a function would never
 * run, and the run would pass.
 *
 * A function of a module that is imported for its functions alone is none of these: a task is lost where the
 * module it was marked in is the target, or is one whose other functions are tasks of the target.
 */
import { type CallSite, callSites, captureTrace, type Trace } from "../base/call_sites.ts";
import { UsageError } from "../base/errors.ts";
import { isGranted } from "../base/granted.ts";
import { listInPart, quoteList } from "../base/text.ts";
import { taskNames } from "./discover.ts";
import { hookNames, type ModuleHooks } from "./hooks.ts";
import { listExports, type Namespace } from "./exports.ts";
import { realm } from "./realm.ts";
import type { AnyFunction } from "./signatures.ts";

/** A module that was loaded for its tasks. */
export interface TaskModule {
  readonly url: string;
  /** As the user named it, for messages. */
  readonly target: string;
  readonly namespace: Namespace;
}

/** Records which functions are marked from now on. Disposed of when the module is loaded. */
export class MarkRecorder implements Disposable {
  readonly #traces = new Map<AnyFunction, Trace>();

  constructor() {
    realm().recordMark = (fn) => void this.#traces.set(fn, captureTrace());
  }

  [Symbol.dispose](): void {
    realm().recordMark = undefined;
  }

  /** Where a function was marked. */
  placeOf(fn: AnyFunction): string | undefined {
    const trace = this.#traces.get(fn);
    return trace && callSites(trace)[0]?.place;
  }

  /**
   * Refuses a module that has marked functions which are no tasks of it.
   *
   * @throws {UsageError} naming them, and where they were marked.
   */
  async refuseLost(module: TaskModule): Promise<void> {
    const tasks = taskNames(module.namespace);
    const lost = [...this.#traces].filter(([fn]) => !tasks.has(fn));
    if (lost.length === 0) return;
    const held = heldFunctions(module.namespace);
    const problems: Problem[] = [];
    for (const [fn, trace] of lost) {
      const problem = await problemOf(
        { fn, sites: callSites(trace), heldIn: held.get(fn) },
        module,
      );
      if (problem !== undefined) problems.push(problem);
    }
    if (problems.length > 0) {
      throw new UsageError(`Cannot run "${module.target}": ${text(problems)}`);
    }
  }
}

const SEVERAL_STARS = "several `export *` have one name, and then none is exported";
const USE_NAMESPACE = 'use `export * as name from "./file.ts"`';

/** What is wrong with a marked function, and what would be right. */
const REASONS = {
  unexported: ["a marked function is not exported", "export it, or remove the mark"],
  held: ["a marked function is inside an array or an object", "export the function itself"],
  ambiguous: [SEVERAL_STARS, USE_NAMESPACE],
} as const;

interface Problem {
  readonly reason: keyof typeof REASONS;
  readonly name: string;
  readonly site: CallSite | undefined;
}

/**
 * Refuses a module that would have a hook, if several `export *` did not have it.
 *
 * @param hooks Those that it has.
 * @throws {UsageError} naming the hook.
 */
export async function refuseLostHooks(
  hooks: ModuleHooks,
  { url, target }: Pick<TaskModule, "url" | "target">,
): Promise<void> {
  if (!/^\s*export\s*\*\s*from\b/m.test(sourceOf(new URL(url)))) return;
  for (const name of hookNames(hooks)) {
    if (!await isAmbiguous(name, url)) continue;
    throw new UsageError(
      `Cannot run "${target}": ${SEVERAL_STARS}: "${name}"; export one "${name}" that calls the others`,
    );
  }
}

/** A marked function that the target does not export. */
interface LostMark {
  readonly fn: AnyFunction;
  readonly sites: readonly CallSite[];
  /** Where among the exports it is, as code has it: `group.check`. */
  readonly heldIn: string | undefined;
}

/** Why it is no task, if it should be one. A helper may have marked it, so each module on its stack counts. */
async function problemOf(
  { fn, sites, heldIn }: LostMark,
  { url, namespace }: TaskModule,
): Promise<Problem | undefined> {
  if (heldIn !== undefined) return { reason: "held", name: heldIn, site: sites[0] };
  for (const site of sites) {
    const name = fn.name || variableAt(site) || "a function";
    if (site.module === url) return { reason: "unexported", name, site };
    const from = await loaded(site.module);
    if (from === undefined) continue;
    const names = taskNames(from).get(fn);
    if (names !== undefined) {
      for (const name of names) {
        if (await isAmbiguous(name, url)) return { reason: "ambiguous", name, site };
      }
      return undefined;
    }
    const isSource = [...taskNames(from).keys()].some((other) => taskNames(namespace).has(other));
    if (isSource) return { reason: "unexported", name, site };
  }
  return undefined;
}

/** The problems of one kind: `"a" (/work.ts:3:7) and "b" (/work.ts:4:7) ...`. */
function text(problems: readonly Problem[]): string {
  const { reason } = problems[0]!;
  const [why, fix] = REASONS[reason];
  const named = problems.filter((it) => it.reason === reason)
    .map(({ name, site }) => quoteList([name]) + (site === undefined ? "" : ` (${site.place})`));
  return `${why}: ${listInPart(named, NAMES_MAX)}; ${fix}`;
}

/** A message is one line. */
const NAMES_MAX = 3;

/** Whether a module exports a name from two modules, and therefore not at all. */
export async function isAmbiguous(name: string, url: string): Promise<boolean> {
  const code = `import { ${JSON.stringify(name)} as found } from ${JSON.stringify(url)};`;
  const probe = `data:application/javascript,${encodeURIComponent(code)}`;
  try {
    await import(probe);
    return false;
  } catch (error) {
    return error instanceof SyntaxError && error.message.includes("conflicting star exports");
  }
}

/** A module that has been loaded: to import it again runs nothing. */
async function loaded(url: string): Promise<Namespace | undefined> {
  try {
    return await import(url);
  } catch {
    return undefined; // its code was made at run time
  }
}

/** How deep functions are looked for in exports. */
const DEPTH_MAX = 4;

/** The functions in arrays and plain objects among the exports, and where they are. */
function heldFunctions(namespace: Namespace): Map<unknown, string> {
  const held = new Map<unknown, string>();
  const seen = new Set<unknown>();
  const look = (value: unknown, path: string, depth: number): void => {
    if (typeof value === "function" && depth > 0) held.getOrInsert(value, path);
    if (!isContainer(value) || seen.has(value) || depth > DEPTH_MAX) return;
    seen.add(value);
    for (
      const [key, { value: member }] of Object.entries(Object.getOwnPropertyDescriptors(value))
    ) {
      look(member, Array.isArray(value) ? `${path}[${key}]` : `${path}.${key}`, depth + 1);
    }
  };
  for (const { name, value, owner } of listExports(namespace)) {
    if (owner === undefined) look(value, name, 0);
  }
  return held;
}

function isContainer(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  return Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype;
}

/** The variable that is declared in the line of a place, where its file may be read. */
function variableAt({ place }: CallSite): string | undefined {
  const [, path = "", line] = /^(.*):(\d+):\d+$/s.exec(place) ?? [];
  const text = sourceOf(path).split("\n")[Number(line) - 1] ?? "";
  return /\b(?:const|let|var)\s+([\p{ID_Start}$_][\p{ID_Continue}$]*)\s*=/u.exec(text)?.[1];
}

/** The text of a file; empty where it is no file, or may not be read. */
function sourceOf(file: string | URL): string {
  try {
    return isGranted({ name: "read", path: file }) ? Deno.readTextFileSync(file) : "";
  } catch {
    return "";
  }
}
