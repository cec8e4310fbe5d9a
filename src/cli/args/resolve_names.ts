/**
 * Resolution of typed names to task names. A task name may contain any character, the separators of
 * names and values included, so the tasks of the module decide where a name ends.
 */
import { UsageError } from "../../base/errors.ts";
import { type NameSeparator, parseNames, quoteName, readQuoted } from "../../base/name_syntax.ts";
import type { Graph } from "../../graph/graph.ts";
import { parseJson } from "./assignments.ts";
import type { Request, TypedRequest } from "./request.ts";

/**
 * Resolves the task names of a request.
 *
 * @param all The tasks of the module.
 * @throws {UsageError} if a name is ambiguous, or a mocked result is not valid JSON.
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

/**
 * Lists the interpretations of a mock: the one at its first `=`, and those whose names are at most
 * as long as the longest task name.
 */
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
