/** The state that a run is given on the command line, compared with that of the run it resumes. */
import { onOneLine, quoteList, truncate } from "../../base/text_format.ts";
import type { GivenState } from "../../journal/journal_format.ts";
import { sha256 } from "../../journal/journal_folder.ts";
import { encodeValue } from "../../state/log/value_bytes.ts";
import type { Request } from "../args/request.ts";

/**
 * What a run is given, for its journal.
 *
 * @param file What the state file holds, where there is one.
 */
export async function givenState(
  { state, stateFile }: Pick<Request, "state" | "stateFile">,
  file: Readonly<Record<string, unknown>> | undefined,
): Promise<GivenState> {
  const isRead = stateFile !== undefined && file !== undefined;
  return {
    assigned: [...state],
    file: isRead ? { path: stateFile, hash: await sha256(encodeValue(file).toBase64()) } : null,
  };
}

/** Notes on the state of a run that resumes another: how it differs, or that it is the same. */
export function notesOnState(now: GivenState, then: GivenState): string[] {
  const differences = [...assignedOtherwise(now, then), ...otherFile(now, then)];
  if (differences.length > 0) {
    return [`the state given differs from that of the last run: ${differences.join(", ")}`];
  }
  const given = [
    ...now.assigned.map(([key, value]) => `--${onOneLine(key)}=${shown(value)}`),
    ...(now.file === null ? [] : [`--state-file=${onOneLine(now.file.path)}`]),
  ];
  return given.length === 0 ? [] : [`the state given is that of the last run: ${given.join(", ")}`];
}

function assignedOtherwise(now: GivenState, then: GivenState): string[] {
  const [is, was] = [new Map(now.assigned), new Map(then.assigned)];
  const text = (given: ReadonlyMap<string, unknown>, key: string) =>
    given.has(key) ? shown(given.get(key)) : "not given";
  return [...new Set([...was.keys(), ...is.keys()])]
    .filter((key) =>
      is.has(key) !== was.has(key) || JSON.stringify(is.get(key)) !== JSON.stringify(was.get(key))
    )
    .map((key) => `--${onOneLine(key)} was ${text(was, key)} and is ${text(is, key)}`);
}

function otherFile({ file: is }: GivenState, { file: was }: GivenState): string[] {
  if (is?.path !== was?.path) {
    const text = (file: GivenState["file"]) => file === null ? "not given" : quoteList([file.path]);
    return [`--state-file was ${text(was)} and is ${text(is)}`];
  }
  return is?.hash === was?.hash ? [] : [`the state file ${quoteList([is!.path])} has changed`];
}

/** A value as JSON: in one line, and not longer than a note can show. */
function shown(value: unknown): string {
  return truncate(onOneLine(JSON.stringify(value)), VALUE_MAX);
}

const VALUE_MAX = 40;
