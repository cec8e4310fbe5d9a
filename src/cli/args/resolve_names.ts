/**
 * Resolution of typed names to task names. A task name may contain any character, the separators of
 * names and values included, so the tasks of the module decide where a name ends.
 */
import { UsageError } from "../../base/errors.ts";
import { type NameSeparator, parseNames, quoteName, readQuoted } from "../../base/name_syntax.ts";
import { isGlob, matchesGlob } from "../../base/glob.ts";
import type { Graph } from "../../graph/graph.ts";
import { tasksNamed } from "../../graph/select.ts";
import { parseJson } from "./assignments.ts";
import type { ModuleRequest, Request, TypedRequest } from "./request.ts";

/** The modules of a project, by whose prefixes tasks are named. */
export interface ProjectModules {
  readonly modules: readonly (ModuleRequest & { readonly prefix: string })[];
  /** The names of tasks by all names that modules export them under. */
  readonly aliases: ReadonlyMap<string, string>;
}

/**
 * Resolves the task names of a request. In a project, a name may omit the prefix if one module has
 * it.
 *
 * @param all The tasks of the module, or of all modules.
 * @throws {UsageError} if a name is ambiguous, `--why` names no task, or a mocked result is not
 * valid JSON.
 */
export function resolveNames(
  typed: TypedRequest,
  all: Graph,
  project: ProjectModules = { modules: [], aliases: new Map() },
): Request {
  const { selection, mocks, why } = typed;
  const names = new TaskNames(all, project);
  return {
    ...typed,
    selection: {
      ...selection,
      names: [
        ...modulesNames(selection.names, names, project),
        ...names.parse(selection.names, "::"),
      ],
      exclude: names.parse(selection.exclude, ","),
    },
    mocks: mocks.length === 0 ? new Map() : new Map(
      [...parseMocks(mocks, names.known)].map(([name, value]) => [names.resolve(name), value]),
    ),
    why: why === undefined ? undefined : tasksToExplain(names.parse(why, ","), all),
  };
}

/** The names of the tasks that names and globs of `--why` stand for. */
function tasksToExplain(names: readonly string[], all: Graph): ReadonlySet<string> {
  return new Set(names.flatMap((name) => tasksNamed(all, name, "explain")));
}

/** The names of single modules: `users.ts::create`. A module without names selects all of it. */
function modulesNames(
  global: readonly string[],
  names: TaskNames,
  { modules }: ProjectModules,
): string[] {
  if (!modules.some((it) => it.names.length > 0)) return [];
  return modules.flatMap(({ prefix, names: texts }) => {
    if (texts.length > 0) return names.parse(texts, "::", prefix);
    return global.length > 0 ? [] : [`${prefix}*`];
  });
}

/** The names of tasks, with and without the prefixes of modules. */
class TaskNames {
  readonly #all: Graph;
  readonly #project: ProjectModules;
  #index: ReadonlyMap<string, ReadonlySet<string>> | undefined;

  constructor(all: Graph, project: ProjectModules) {
    this.#all = all;
    this.#project = project;
  }

  /** The full names by each name that stands for some. Most requests need none. */
  get #names(): ReadonlyMap<string, ReadonlySet<string>> {
    return this.#index ??= this.#createIndex();
  }

  #createIndex(): Map<string, Set<string>> {
    const { modules, aliases } = this.#project;
    const index = new Map<string, Set<string>>();
    const add = (name: string, full: string) =>
      void index.getOrInsertComputed(name, () => new Set()).add(full);
    const addAll = (full: string) => {
      add(full, full);
      const prefix = modules.find((it) => full.startsWith(it.prefix))?.prefix;
      if (prefix !== undefined) add(full.slice(prefix.length), full);
    };
    for (const { name, caseOf } of this.#all.tasks) {
      addAll(name);
      if (caseOf !== undefined) addAll(caseOf);
    }
    for (const [alias, full] of aliases) if (!index.has(alias)) add(alias, full);
    return index;
  }

  /** All names that stand for tasks. */
  get known(): string[] {
    return [...this.#names.keys()];
  }

  /**
   * Parses names, and returns the full ones.
   *
   * @param prefix The prefix of the module that the names belong to; empty for none.
   */
  parse(texts: readonly string[], separator: NameSeparator, prefix = ""): string[] {
    const isName = (name: string) => this.#names.has(prefix + name);
    return texts.flatMap((text) => parseNames(text, separator, isName))
      .map((name) => this.resolve(prefix + name));
  }

  /** The full name that a name stands for; the name itself if it stands for none. */
  resolve(name: string): string {
    const found = this.#names.get(name);
    if (found === undefined) return this.#fullGlob(name);
    if (found.has(name)) return name;
    const [only, ...others] = found;
    if (others.length === 0) return only!;
    throw new UsageError(
      `Cannot resolve "${name}": it may be ${[...found].map(quoteName).join(" or ")}`,
    );
  }

  /** A glob that matches no full name matches names without prefixes. */
  #fullGlob(glob: string): string {
    if (!isGlob(glob)) return glob;
    const matches = [...this.#names].filter(([name]) => matchesGlob(glob, name));
    const isFull = matches.length === 0 || matches.some(([name, full]) => full.has(name));
    return isFull ? glob : `*::${glob}`;
  }
}

/** An interpretation of a mock: the name ends at one of the `=`. */
interface MockReading {
  readonly name: string;
  readonly isJson: boolean;
  readonly text: string;
}

/**
 * Parses mocked results. The name ends at the `=` that makes it the name of a task; without such a
 * task, it ends at the first `=`.
 *
 * @param mocks `NAME=value` and `NAME:=json`, as typed.
 * @param names The names of the tasks.
 * @throws {UsageError} if a name is ambiguous, or a value is not valid JSON.
 */
export function parseMocks(
  mocks: readonly string[],
  names: readonly string[],
): Map<string, unknown> {
  const taskNames = new Set(names);
  const maxLength = names.reduce((max, { length }) => Math.max(max, length), 0);
  return new Map(mocks.map((mock) => {
    const { name, isJson, text } = resolveMock(mock, taskNames, maxLength);
    return [name, isJson ? parseJson(`result-${name}`, text) : text];
  }));
}

function resolveMock(mock: string, taskNames: ReadonlySet<string>, maxLength: number): MockReading {
  const [quoted, afterName = ""] = readQuoted(mock) ?? [];
  const [, colon, value] = /^(:?)=(.*)$/s.exec(afterName) ?? [];
  if (quoted !== undefined && value !== undefined) {
    return { name: quoted, isJson: colon === ":", text: value };
  }
  const readings = mockReadings(mock, maxLength);
  const matches = readings.filter(({ name }) => taskNames.has(name));
  if (matches.length > 1) {
    const [first, second] = matches.map(({ name }) => quoteName(name));
    throw new UsageError(
      `Cannot resolve --result-${mock}: the task may be ${first} or ${second}; ` +
        `put the name in double quotes: --result-${first}=…`,
    );
  }
  return matches[0] ?? readings[0]!;
}

/**
 * Lists the interpretations of a mock: the one at its first `=`, and those whose names are at most
 * as long as the longest task name.
 */
function mockReadings(mock: string, maxLength: number): MockReading[] {
  const readings: MockReading[] = [];
  let equals = mock.indexOf("=", 1);
  do {
    const text = mock.slice(equals + 1);
    if (mock[equals - 1] === ":") {
      readings.push({ name: mock.slice(0, equals - 1), isJson: true, text });
    }
    readings.push({ name: mock.slice(0, equals), isJson: false, text });
    equals = mock.indexOf("=", equals + 1);
  } while (equals >= 0 && equals <= maxLength + 1);
  return readings;
}
