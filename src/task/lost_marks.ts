/**
 * Detects lost marks: marked functions that a module was meant to export but does not. An `export`
 * was forgotten, two `export *` have the same name, or the function is in an array or an object.
 * Such a function would never run, and the run would pass.
 *
 * A function of a module that is imported only for other functions is not lost: a task counts as
 * lost if it was marked in the target, or in a module some of whose functions are tasks of the
 * target.
 */
import { type CallSite, callSites } from "../runtime/call_sites.ts";
import { UsageError } from "../base/errors.ts";
import { quoteList } from "../base/text_format.ts";
import { ExportedTasks } from "./discover.ts";
import { listExports, type Namespace } from "./exported_tasks.ts";
import { importUrl } from "./load.ts";
import type { RecordedMark } from "./mark_recorder.ts";
import { isAmbiguous, SEVERAL_STARS, sourceOf, starredModules } from "./star_exports.ts";
import type { AnyFunction } from "./function_types.ts";

/** A module that was loaded for its tasks. */
export interface TaskModule {
  readonly url: string;
  /** The module as the user named it, for messages. */
  readonly target: string;
  readonly namespace: Namespace;
  /** The marked functions among its exports. */
  readonly exported: ExportedTasks;
}

/** The marked functions that are not tasks of a module, and where they were marked. */
export class LostMarks {
  readonly #marks: readonly RecordedMark[];
  readonly #folder: string;

  /**
   * @param marks The marks that were recorded while the module was loaded, with their stacks.
   * @param folder The current folder, which messages leave out of paths.
   */
  constructor(marks: readonly RecordedMark[], folder: string) {
    this.#marks = marks;
    this.#folder = folder;
  }

  /** Returns the location where a function was marked. */
  locationOf(fn: AnyFunction): string | undefined {
    const [site] = sitesOf(this.#marks.find((mark) => mark.fn === fn));
    return site && this.#format(site);
  }

  #format({ location }: CallSite): string {
    return location.replace(`${this.#folder}/`, "");
  }

  /**
   * Rejects a module with marked functions that are not tasks of it.
   *
   * @throws {UsageError} naming the functions and their locations.
   */
  async reject(module: TaskModule): Promise<void> {
    const { exported, namespace, target } = module;
    const lost = this.#marks.filter(({ fn }) => exported.namesOf(fn) === undefined);
    if (lost.length === 0) return;
    const containers = functionContainers(namespace);
    const modules = new MarkingModules(module);
    const problems: Problem[] = [];
    for (const mark of lost) {
      const { fn } = mark;
      const found = { fn, sites: sitesOf(mark), container: containers.get(fn) };
      const problem = await problemOf(found, module, modules);
      if (problem !== undefined) problems.push(problem);
    }
    if (problems.length === 0) return;
    const why = formatProblems(problems, (site) => this.#format(site));
    throw new UsageError(`Cannot run "${target}": ${why}`);
  }
}

/** The calls that marked a function, in user modules, innermost first. */
function sitesOf(mark: RecordedMark | undefined): CallSite[] {
  return mark?.trace ? callSites(mark.trace) : [];
}

/** A module with calls of `mark`. */
interface MarkingModule {
  /** Undefined if the module cannot be imported, such as code created at run time. */
  readonly exported: ExportedTasks | undefined;
  /** Whether its marked functions are meant to be tasks of the target. */
  readonly isSource: boolean;
  /**
   * Whether some of its exported names also come from another module, so that the target exports
   * neither.
   */
  readonly isAmbiguous: boolean;
}

/** The modules with calls of `mark`. Importing one again runs nothing. */
class MarkingModules {
  readonly #target: TaskModule;
  readonly #byUrl = new Map<string, Promise<MarkingModule>>();
  #starUrlsCache: ReadonlySet<string> | undefined;

  constructor(target: TaskModule) {
    this.#target = target;
  }

  /** Returns the facts about a module. */
  at(url: string): Promise<MarkingModule> {
    return this.#byUrl.getOrInsertComputed(url, () => this.#inspect(url));
  }

  async #inspect(url: string): Promise<MarkingModule> {
    const { exported: tasks, namespace } = this.#target;
    let exported: ExportedTasks | undefined;
    try {
      exported = new ExportedTasks(await importUrl(url));
    } catch {
      return { exported, isSource: false, isAmbiguous: false };
    }
    const functions = [...exported.functions];
    const isSource = this.#stars.has(url) ||
      functions.some((fn) => tasks.namesOf(fn) !== undefined);
    // A namespace of a module with `export *` lacks only the ambiguous names, so checking one name
    // suffices.
    const missing = functions.filter((fn) => tasks.namesOf(fn) === undefined)
      .flatMap((fn) => exported.namesOf(fn)!)
      .find((name) => name !== "default" && !Object.hasOwn(namespace, name));
    const isHidden = missing !== undefined && await this.#isAmbiguous(missing);
    return { exported, isSource, isAmbiguous: isHidden };
  }

  /**
   * A name may be ambiguous in the target, or in a module that the target exports as a namespace.
   */
  async #isAmbiguous(name: string): Promise<boolean> {
    for (const url of [this.#target.url, ...this.#stars]) {
      if (await isAmbiguous(name, url)) return true;
    }
    return false;
  }

  get #stars(): ReadonlySet<string> {
    return this.#starUrlsCache ??= starredModules(this.#target.url);
  }
}

const USE_NAMESPACE = 'use `export * as name from "./file.ts"`';

/** The reasons why a marked function is lost, each with its fix. */
const REASONS = {
  unexported: ["a marked function is not exported", "export it, or remove the mark"],
  contained: ["a marked function is inside an array or an object", "export the function itself"],
  ambiguous: [SEVERAL_STARS, USE_NAMESPACE],
} as const;

interface Problem {
  readonly reason: keyof typeof REASONS;
  /** The name of the function; empty if unknown. */
  readonly name: string;
  readonly site: CallSite | undefined;
}

/** A marked function that the target does not export. */
interface LostMark {
  readonly fn: AnyFunction;
  readonly sites: readonly CallSite[];
  /** The path of the function within an exported object: `group.check`. */
  readonly container: string | undefined;
}

/**
 * Returns the reason why a function is no task, if it was meant to be one. A helper may have marked
 * the function, so each module on its stack counts.
 */
async function problemOf(
  { fn: { name }, fn, sites, container }: LostMark,
  { url }: TaskModule,
  modules: MarkingModules,
): Promise<Problem | undefined> {
  if (container !== undefined) return { reason: "contained", name: container, site: sites[0] };
  for (const site of sites) {
    if (site.module === url) return { reason: "unexported", name, site };
    const { exported, isSource, isAmbiguous } = await modules.at(site.module);
    const names = exported?.namesOf(fn);
    if (names !== undefined) {
      return isAmbiguous ? { reason: "ambiguous", name: names[0]!, site } : undefined;
    }
    if (isSource) return { reason: "unexported", name, site };
  }
  return undefined;
}

/** Formats the problems of one kind: `"a" (/work.ts:3:7), "b" (/work.ts:4:7) …`. */
function formatProblems(problems: readonly Problem[], format: (site: CallSite) => string): string {
  const { reason } = problems[0]!;
  const [why, fix] = REASONS[reason];
  const alike = problems.filter((it) => it.reason === reason);
  const named = alike.slice(0, NAMES_MAX).map(({ name, site }) => {
    const found = name || (site && variableAt(site));
    const what = found ? quoteList([found]) : "a function";
    return what + (site === undefined ? "" : ` (${format(site)})`);
  });
  const more = alike.length > NAMES_MAX ? ` and ${alike.length - NAMES_MAX} more` : "";
  return `${why}: ${named.join(", ")}${more}; ${fix}`;
}

/** Maximum number of functions named in the message, which is one line. */
const NAMES_MAX = 3;

/** Maximum depth at which functions are searched for within exported objects. */
const DEPTH_MAX = 4;

/** The functions in arrays and plain objects among the exports, each with its path. */
function functionContainers(namespace: Namespace): Map<unknown, string> {
  const containers = new Map<unknown, string>();
  const seen = new Set<unknown>();
  const visit = (value: unknown, path: string, depth: number): void => {
    if (typeof value === "function" && depth > 0) containers.getOrInsert(value, path);
    if (!isContainer(value) || seen.has(value) || depth > DEPTH_MAX) return;
    seen.add(value);
    for (
      const [key, { value: member }] of Object.entries(Object.getOwnPropertyDescriptors(value))
    ) {
      visit(member, Array.isArray(value) ? `${path}[${key}]` : `${path}.${key}`, depth + 1);
    }
  };
  for (const { name, value, owner } of listExports(namespace)) {
    if (owner === undefined) visit(value, name, 0);
  }
  return containers;
}

function isContainer(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  return Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype;
}

/** The variable declared in the line of a call site, if its file is readable. */
function variableAt({ location }: CallSite): string | undefined {
  const [, path = "", line] = /^(.*):(\d+):\d+$/s.exec(location) ?? [];
  const text = sourceOf(path).split("\n")[Number(line) - 1] ?? "";
  return /\b(?:const|let|var)\s+([\p{ID_Start}$_][\p{ID_Continue}$]*)\s*=/u.exec(text)?.[1];
}
