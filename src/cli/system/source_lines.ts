/** Lines of the user's source files, for the recap to show. */
import { locationPath } from "../../runtime/location_path.ts";
import type { SourceLine } from "../../report/text/code_frame.ts";
import type { System } from "./system.ts";

/** Reads each file once. A file that cannot be read has no lines. */
export function sourceLines(system: System): SourceLine {
  const files = new Map<string, readonly string[]>();
  return (url, line) => files.getOrInsertComputed(url, () => readLines(url, system))[line - 1];
}

function readLines(url: string, system: System): string[] {
  const path = locationPath(url);
  try {
    // A stack may name anything, and reading a pipe waits for a writer.
    return Deno.statSync(path).isFile ? system.readTextFile(path).split(/\r?\n/) : [];
  } catch {
    return []; // the recap is about the task's error, not about this one
  }
}
