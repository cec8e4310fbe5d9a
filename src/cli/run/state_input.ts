/** The state given on the command line, and its comparison with that of the last run. */
import { onOneLine, quoteList, truncate } from "../../base/text_format.ts";
import type { StateInput } from "../../journal/journal_format.ts";
import { sha256 } from "../../runtime/sha256.ts";
import { encodeValue } from "../../state/log/value_bytes.ts";
import type { Request } from "../args/request.ts";

/**
 * Returns the journal's record of the state given on the command line.
 *
 * @param file The content of the state file, if there is one.
 */
export async function toStateInput(
  { state, stateFile }: Pick<Request, "state" | "stateFile">,
  file: Readonly<Record<string, unknown>> | undefined,
): Promise<StateInput> {
  const isRead = stateFile !== undefined && file !== undefined;
  return {
    assigned: [...state],
    file: isRead ? { path: stateFile, hash: await sha256(encodeValue(file).toBase64()) } : null,
  };
}

/** Returns notes for a rerun: how its state input differs from that of the last run, if at all. */
export function stateInputNotes(current: StateInput, previous: StateInput): string[] {
  const differences = [...assignmentChanges(current, previous), ...fileChanges(current, previous)];
  if (differences.length > 0) {
    return [`the given state differs from that of the last run: ${differences.join(", ")}`];
  }
  const given = [
    ...current.assigned.map(([key, value]) => `--${onOneLine(key)}=${formatValue(value)}`),
    ...(current.file === null ? [] : [`--state-file=${onOneLine(current.file.path)}`]),
  ];
  return given.length === 0 ? [] : [`the given state is that of the last run: ${given.join(", ")}`];
}

function assignmentChanges(current: StateInput, previous: StateInput): string[] {
  const [now, before] = [new Map(current.assigned), new Map(previous.assigned)];
  const text = (assigned: ReadonlyMap<string, unknown>, key: string) =>
    assigned.has(key) ? formatValue(assigned.get(key)) : "not given";
  return [...new Set([...before.keys(), ...now.keys()])]
    .filter((key) =>
      now.has(key) !== before.has(key) ||
      JSON.stringify(now.get(key)) !== JSON.stringify(before.get(key))
    )
    .map((key) => `--${onOneLine(key)} was ${text(before, key)} and is ${text(now, key)}`);
}

function fileChanges({ file: current }: StateInput, { file: previous }: StateInput): string[] {
  if (current?.path !== previous?.path) {
    const text = (file: StateInput["file"]) => file === null ? "not given" : quoteList([file.path]);
    return [`--state-file was ${text(previous)} and is ${text(current)}`];
  }
  return current?.hash === previous?.hash
    ? []
    : [`the state file ${quoteList([current!.path])} has changed`];
}

/** Formats a value as JSON in one line, shortened to {@linkcode VALUE_MAX}. */
function formatValue(value: unknown): string {
  return truncate(onOneLine(JSON.stringify(value)), VALUE_MAX);
}

/** Maximum length of a value in a note, in UTF-16 units: a note is one line. */
const VALUE_MAX = 40;
