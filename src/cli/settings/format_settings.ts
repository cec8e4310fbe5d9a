/** `--settings`: the options in force, and the source of each. */
import { onOneLine } from "../../base/text_format.ts";
import type { TypedOptions } from "../args/option_table.ts";
import type { Settings } from "./parse_settings.ts";

/** The options of a command and their sources. */
export interface SettingsInForce {
  readonly settings: Settings | undefined;
  /** The options in force. */
  readonly options: TypedOptions;
  /** The values on the command line, as typed, by key. */
  readonly typed: Readonly<Record<string, readonly string[]>>;
}

/** Options that are about the settings themselves. */
const HIDDEN: ReadonlySet<string> = new Set(["settings", "profile"]);

/** Formats one line for each option in force: key, value, source. */
export function formatSettings({ settings, options, typed }: SettingsInForce): string {
  const rows: (readonly [key: string, value: string, source: string])[] = [];
  const path = settings?.file.path ?? "";
  if (settings && settings.modules.length > 0) rows.push(["module", text(settings.modules), path]);
  const keys = new Set([...settings?.entries.keys() ?? [], ...Object.keys(typed)]);
  for (const key of [...keys].toSorted()) {
    if (HIDDEN.has(key) || options[key as keyof TypedOptions] === undefined) continue;
    const given = typed[key];
    if (given !== undefined) {
      rows.push([key, given.map((it) => it || "true").join(", "), "command line"]);
      continue;
    }
    const { json, profile } = settings!.entries.get(key)!;
    rows.push([key, text(json), profile === undefined ? path : `${path}, profile ${profile}`]);
  }
  if (rows.length === 0) return "No settings: every option has its default";
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map(([key, value, source]) =>
    onOneLine(`${key.padEnd(widths[0]!)}  ${value.padEnd(widths[1]!)}  ${source}`)
  ).join("\n");
}

/** A value as on the command line. */
function text(json: unknown): string {
  if (Array.isArray(json)) return json.map(text).join(", ");
  return typeof json === "string" ? json : JSON.stringify(json);
}
