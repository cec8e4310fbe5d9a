/** Reads `--state-file`. */
import { parse as parseYaml } from "@std/yaml";
import { UsageError } from "../../base/errors.ts";
import { errorText } from "../../base/text_format.ts";
import type { System } from "../system/system.ts";
import { rejectReservedKey } from "../args/assignments.ts";
import { readInputFile } from "../args/expand_file_args.ts";

/**
 * Reads a state file: YAML if its name ends with `.yaml` or `.yml`, else JSON.
 *
 * @throws {UsageError} when the file is missing, cannot be parsed, contains no object, or has a
 * reserved key.
 */
export function readStateFile(path: string, system: System): Record<string, unknown> {
  return parseState(path, readInputFile(path, system, `the state file "${path}"`));
}

/**
 * Parses the text of a state file.
 *
 * @param path The file's name, which determines the format.
 * @throws {UsageError} when the text cannot be parsed, contains no object, or has a reserved key.
 */
export function parseState(path: string, text: string): Record<string, unknown> {
  const value = parseText(path, text);
  if (text.includes("*")) rejectAliasExpansion(path, value);
  if (value === null || typeof value !== "object" || Array.isArray(value)) {
    const kind = Array.isArray(value) ? "an array" : value === null ? "null" : `a ${typeof value}`;
    throw new UsageError(`Cannot read the state file "${path}": expected an object, got ${kind}`);
  }
  for (const key of Object.keys(value)) rejectReservedKey(key, `in the state file "${path}"`);
  return value as Record<string, unknown>;
}

function parseText(path: string, text: string): unknown {
  try {
    return /\.ya?ml$/i.test(path) ? parseYaml(text) : JSON.parse(text);
  } catch (error) {
    throw new UsageError(`Cannot read the state file "${path}": ${oneLine(error)}`);
  }
}

/** Maximum number of values after alias expansion: writing a million as JSON takes one second. */
const EXPANDED_MAX = 1_000_000;
/** Maximum ratio of expanded to written values, for files that exceed {@linkcode EXPANDED_MAX}. */
const EXPANSION_RATIO_MAX = 10;

/** Rejects YAML whose aliases expand to billions of values ("billion laughs"). */
function rejectAliasExpansion(path: string, value: unknown): void {
  const sizes = new Map<unknown, number>();
  let valueCount = 0;
  const sizeOf = (it: unknown): number => {
    const known = sizes.get(it);
    if (known !== undefined) return known;
    valueCount++;
    if (typeof it !== "object" || it === null) return 1;
    sizes.set(it, 1); // breaks cycles
    let size = 1;
    for (const member of Object.values(it)) size += sizeOf(member);
    sizes.set(it, size);
    return size;
  };
  const size = sizeOf(value);
  if (size <= EXPANDED_MAX || size <= EXPANSION_RATIO_MAX * valueCount) return;
  const why = `its aliases expand to ${size} values; the maximum is ${EXPANDED_MAX}`;
  throw new UsageError(`Cannot read the state file "${path}": ${why}`);
}

/** A parser's message in one line, without the excerpt that some parsers append. */
function oneLine(error: unknown): string {
  const [firstLine = ""] = errorText(error).split(":\n");
  return firstLine.replaceAll(/\s+/g, " ").trim();
}
