/** Reads the lines around a location in a source file, for errors. */
import { UsageError } from "../base/errors.ts";
import { decodeUtf8 } from "../base/decode_utf8.ts";
import { truncate } from "../base/text_format.ts";
import { resolveFileWithin } from "./path_sandbox.ts";
import type { SourceExcerpt } from "./ui_protocol.ts";

/** Number of lines before and after the location. */
const CONTEXT_LINES = 3;
/** Maximum length of a line, in UTF-16 units: a minified module is a single line. */
const LINE_MAX = 300;
/** Maximum size of a source file, in bytes: larger files are generated, and slow to split. */
const FILE_MAX = 4 * 1024 * 1024;

/**
 * Reads an excerpt of a file in a folder.
 *
 * @param line From 1.
 * @throws {UsageError} when there is no such file in the folder, or no such line in the file.
 */
export async function readExcerpt(
  folder: string,
  path: string,
  line: number,
): Promise<SourceExcerpt> {
  const file = `${folder}/${await resolveFileWithin(folder, path)}`;
  const { size, mtime } = await Deno.stat(file);
  if (size > FILE_MAX) throw new UsageError(`Cannot show "${path}": the file is too large`);
  const lines = decodeUtf8(await Deno.readFile(file)).split(/\r\n|\n/);
  if (!Number.isInteger(line) || line < 1 || line > lines.length) {
    throw new UsageError(`Cannot show line ${line} of "${path}": it has ${lines.length} lines`);
  }
  const first = Math.max(1, line - CONTEXT_LINES);
  const shown = lines.slice(first - 1, line + CONTEXT_LINES);
  // The end of a file is an empty line.
  if (first + shown.length > lines.length && shown.at(-1) === "" && shown.length > 1) shown.pop();
  return {
    first,
    lines: shown.map((text) => truncate(text, LINE_MAX)),
    modifiedAt: mtime?.toISOString() ?? null,
  };
}
