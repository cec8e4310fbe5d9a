/** Reads `--state-file`. */
import { parse as parseYaml } from "@std/yaml";
import { UsageError } from "../../base/errors.ts";
import { errorText } from "../../base/text_format.ts";
import type { System } from "../system/system.ts";
import { rejectReservedKey } from "../args/assignments.ts";
import { readInputFile } from "../args/expand_file_args.ts";

/**
 * The state a file holds: YAML if it is called so, JSON otherwise.
 *
 * @throws {UsageError} when it is missing, cannot be parsed, holds no object, or has a reserved key.
 */
export function readStateFile(path: string, system: System): Record<string, unknown> {
  return parseState(path, readInputFile(path, system, `the state file "${path}"`));
}

/**
 * The state that the text of a file holds.
 *
 * @param path What the file is called: the form of its text follows from that.
 * @throws {UsageError} when it cannot be parsed, holds no object, or has a reserved key.
 */
export function parseState(path: string, text: string): Record<string, unknown> {
  const value = parseText(path, text);
  if (text.includes("*")) refuseExpansion(path, value);
  if (value === null || typeof value !== "object" || Array.isArray(value)) {
    const kind = Array.isArray(value) ? "an array" : value === null ? "null" : `a ${typeof value}`;
    throw new UsageError(`Cannot read the state file "${path}": it holds ${kind}, not an object`);
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

/** Maximum number of values that aliases may stand for: a million take a second to be written as JSON. */
const EXPANDED_MAX = 1_000_000;
/** ... unless the file holds nearly as many itself. */
const EXPANSION_MAX = 10;

/** Refuses YAML of a few lines whose aliases, written out, would be billions of values. */
function refuseExpansion(path: string, value: unknown): void {
  const sizes = new Map<unknown, number>();
  let written = 0;
  const sizeOf = (it: unknown): number => {
    const known = sizes.get(it);
    if (known !== undefined) return known;
    written++;
    if (typeof it !== "object" || it === null) return 1;
    sizes.set(it, 1); // it may hold itself
    let size = 1;
    for (const member of Object.values(it)) size += sizeOf(member);
    sizes.set(it, size);
    return size;
  };
  const size = sizeOf(value);
  if (size <= EXPANDED_MAX || size <= EXPANSION_MAX * written) return;
  const why = `its aliases stand for ${size} values; the maximum is ${EXPANDED_MAX}`;
  throw new UsageError(`Cannot read the state file "${path}": ${why}`);
}

/** Parsers quote the text, line breaks and all, or draw it beneath what they say. */
function oneLine(error: unknown): string {
  const [said = ""] = errorText(error).split(":\n");
  return said.replaceAll(/\s+/g, " ").trim();
}
