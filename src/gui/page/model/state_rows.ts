/** The initial state as rows: key, value and source. Pure. */
import type { JsonObject } from "../../ui_protocol.ts";

/** The source of a key: typed, read from the state file, or set by the module's `setupState`. */
export type Source = "user" | "file" | "module";

/** A key of the state. */
export interface StateRow {
  readonly key: string;
  readonly value: unknown;
  readonly source: Source;
}

/** The label of each source. */
export const SOURCE_LABELS: Readonly<Record<Source, string>> = {
  user: "typed",
  file: "state file",
  module: "module",
};

/** The state that is passed to a run: all keys but those of the module. */
export function initialState(rows: readonly StateRow[]): JsonObject {
  return Object.fromEntries(
    rows.filter(({ source }) => source !== "module").map(({ key, value }) => [key, value]),
  );
}

/** Adds or replaces a row. */
export function withRow(rows: readonly StateRow[], row: StateRow): StateRow[] {
  const at = rows.findIndex(({ key }) => key === row.key);
  return at < 0 ? [...rows, row] : rows.with(at, row);
}

/** Replaces the rows of the state file and of the module; typed rows stay. */
export function withFile(rows: readonly StateRow[], values: JsonObject): StateRow[] {
  const typed = rows.filter(({ source }) => source === "user");
  const read = Object.entries(values)
    .filter(([key]) => !typed.some((row) => row.key === key))
    .map(([key, value]): StateRow => ({ key, value, source: "file" }));
  return [...read, ...typed];
}

/** Replaces the rows of the module: the keys of the state that have no other source. */
export function withModule(rows: readonly StateRow[], state: JsonObject): StateRow[] {
  const given = rows.filter(({ source }) => source !== "module");
  const made = Object.entries(state).filter(([key]) => !given.some((row) => row.key === key));
  return [
    ...given.filter(({ key }) => key in state),
    ...given.filter(({ key }) => !(key in state)),
    ...made.map(([key, value]): StateRow => ({ key, value, source: "module" })),
  ];
}

/** Formats a value for a field: text as it is, unless it would parse as another value. */
export function formatValue(value: unknown): string {
  if (typeof value !== "string") return JSON.stringify(value) ?? "";
  // A text field normalizes carriage returns.
  return parseValue(value) === value && !value.includes("\r") ? value : JSON.stringify(value);
}

/** Parses a typed value: as JSON, if valid, else as text. */
export function parseValue(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "number" && !isExact(value, text.trim()) ? text : value;
  } catch {
    return text;
  }
}

/** Whether a number has all digits of its text: ids may have more digits than a number can hold. */
function isExact(value: number, text: string): boolean {
  return Number.isFinite(value) && (!/^-?\d{16,}$/.test(text) || String(value) === text);
}

/** Validates a key. Returns the error, or undefined. */
export function keyError(key: string): string | undefined {
  if (key === "") return "The key is empty";
  if (key === "results" || key.startsWith("_")) {
    return `"${key}" is reserved: "results" and keys that begin with "_" belong to the library`;
  }
  return undefined;
}
