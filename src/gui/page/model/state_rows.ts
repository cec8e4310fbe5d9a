/** The state before a run, key by key, each with where it comes from. Pure. */
import type { JsonObject } from "../../ui_protocol.ts";

/** Where a key comes from: typed here, read from the state file, or made by the module's `setupState`. */
export type Source = "user" | "file" | "module";

/** A key of the state. */
export interface StateRow {
  readonly key: string;
  readonly value: unknown;
  readonly source: Source;
}

/** How each source is called. */
export const SOURCE_LABELS: Readonly<Record<Source, string>> = {
  user: "typed",
  file: "state file",
  module: "module",
};

/** What a run is given: all but what the module makes itself. */
export function initialState(rows: readonly StateRow[]): JsonObject {
  return Object.fromEntries(
    rows.filter(({ source }) => source !== "module").map(({ key, value }) => [key, value]),
  );
}

/** Puts a key in, or in place of what it was. */
export function withRow(rows: readonly StateRow[], row: StateRow): StateRow[] {
  const at = rows.findIndex(({ key }) => key === row.key);
  return at < 0 ? [...rows, row] : rows.with(at, row);
}

/** Puts in what a state file holds: what was read from another goes, what was typed stays. */
export function withFile(rows: readonly StateRow[], values: JsonObject): StateRow[] {
  const typed = rows.filter(({ source }) => source === "user");
  const read = Object.entries(values)
    .filter(([key]) => !typed.some((row) => row.key === key))
    .map(([key, value]): StateRow => ({ key, value, source: "file" }));
  return [...read, ...typed];
}

/** What the module has made of it: keys it has added or changed are its own. */
export function withModule(rows: readonly StateRow[], state: JsonObject): StateRow[] {
  const given = rows.filter(({ source }) => source !== "module");
  const made = Object.entries(state).filter(([key]) => !given.some((row) => row.key === key));
  return [
    ...given.filter(({ key }) => key in state),
    ...given.filter(({ key }) => !(key in state)),
    ...made.map(([key, value]): StateRow => ({ key, value, source: "module" })),
  ];
}

/** A value as it is typed: text as it is, unless it would be read as something else. */
export function formatValue(value: unknown): string {
  if (typeof value !== "string") return JSON.stringify(value) ?? "";
  // A field would make another line break of a carriage return.
  return parseValue(value) === value && !value.includes("\r") ? value : JSON.stringify(value);
}

/** What was typed: JSON if it is some, else the text itself. */
export function parseValue(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "number" && !isExact(value, text.trim()) ? text : value;
  } catch {
    return text;
  }
}

/** Whether a number is what was typed: ids have more digits than a number holds. */
function isExact(value: number, text: string): boolean {
  return Number.isFinite(value) && (!/^-?\d{16,}$/.test(text) || String(value) === text);
}

/** Why a key cannot be used, or undefined. */
export function keyError(key: string): string | undefined {
  if (key === "") return "A key is missing";
  if (key === "results" || key.startsWith("_")) {
    return `"${key}" is reserved: "results" and keys that begin with "_" belong to the library`;
  }
  return undefined;
}
