/**
 * From names as typed to names of tasks. A name may hold any character, also those that part names from
 * each other and from values, so it takes the tasks of the module to read them.
 */
import { UsageError } from "../../base/errors.ts";
import { type NameSeparator, parseNames, quoteName, readQuoted } from "../../base/name_syntax.ts";
import type { Graph } from "../../graph/graph.ts";
import { parseJson } from "./assignments.ts";
import type { Request, TypedRequest } from "./request.ts";

/**
 * Finds the tasks that a request names.
 *
 * @param all The tasks of the module.
 * @throws {UsageError} when a text may name several tasks, or a value is no JSON.
 */
export function resolveNames(typed: TypedRequest, all: Graph): Request {
  const { selection, mocks } = typed;
  const bases = new Set(all.tasks.map(({ caseOf }) => caseOf));
  const isName = (name: string) => all.idOf(name) !== undefined || bases.has(name);
  const read = (texts: readonly string[], separator: NameSeparator) =>
    texts.flatMap((text) => parseNames(text, separator, isName));
  return {
    ...typed,
    selection: {
      ...selection,
      names: read(selection.names, "::"),
      exclude: read(selection.exclude, ","),
    },
    mocks: parseMocks(mocks, all.names),
  };
}

/** One way to read a mock: where its name may end. */
interface MockReading {
  readonly name: string;
  readonly isJson: boolean;
  readonly text: string;
}

/**
 * Reads mocks: the results given to tasks. Of the places at which the name of a task may end, that one
 * counts where there is such a task.
 *
 * @param mocks `NAME=value` and `NAME:=json`, as typed.
 * @param names The names of the tasks.
 * @throws {UsageError} when the name may be that of several tasks, or a value is no JSON.
 */
export function parseMocks(
  mocks: readonly string[],
  names: readonly string[],
): Map<string, unknown> {
  const known = new Set(names);
  const longest = names.reduce((most, { length }) => Math.max(most, length), 0);
  return new Map(mocks.map((mock) => {
    const { name, isJson, text } = resolveMock(mock, known, longest);
    return [name, isJson ? parseJson(`result-${name}`, text) : text];
  }));
}

function resolveMock(mock: string, known: ReadonlySet<string>, longest: number): MockReading {
  const [quoted, behind = ""] = readQuoted(mock) ?? [];
  const [, colon, rest] = /^(:?)=(.*)$/s.exec(behind) ?? [];
  if (quoted !== undefined && rest !== undefined) {
    return { name: quoted, isJson: colon === ":", text: rest };
  }
  const all = mockReadings(mock, longest);
  const meant = all.filter(({ name }) => known.has(name));
  if (meant.length > 1) {
    const [one, other] = meant.map(({ name }) => quoteName(name));
    throw new UsageError(
      `Cannot resolve --result-${mock}: the task may be ${one} or ${other}; ` +
        `put the name in double quotes: --result-${one}=…`,
    );
  }
  return meant[0] ?? all[0]!;
}

/** The ways to read a mock whose names are no longer than the longest; the first in any case. */
function mockReadings(mock: string, longest: number): MockReading[] {
  const readings: MockReading[] = [];
  let at = mock.indexOf("=", 1);
  do {
    const text = mock.slice(at + 1);
    if (mock[at - 1] === ":") {
      readings.push({ name: mock.slice(0, at - 1), isJson: true, text });
    }
    readings.push({ name: mock.slice(0, at), isJson: false, text });
    at = mock.indexOf("=", at + 1);
  } while (at >= 0 && at <= longest + 1);
  return readings;
}
