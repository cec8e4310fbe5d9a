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
  const baseNames = new Set(all.tasks.map(({ caseOf }) => caseOf));
  const isName = (name: string) => all.idOf(name) !== undefined || baseNames.has(name);
  const parse = (texts: readonly string[], separator: NameSeparator) =>
    texts.flatMap((text) => parseNames(text, separator, isName));
  return {
    ...typed,
    selection: {
      ...selection,
      names: parse(selection.names, "::"),
      exclude: parse(selection.exclude, ","),
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
