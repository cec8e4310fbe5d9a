/** Recognizes this library's own frames in stacks, which are hidden from users. */
import { decodePath } from "./file_url.ts";
import { ROOT as FOLDER } from "./package.ts";

/** The root folder as a URL. */
const ROOT = FOLDER.href;
/**
 * The root folder as it appears in stacks, where Deno writes paths without escapes: `file:///a
 * b/c.ts`.
 */
const ROOT_IN_STACKS = decodePath(ROOT);

/** URL prefixes of this library's modules. */
export const INTERNAL_PREFIXES: readonly string[] = [
  "src/",
  "workers/",
  "mod.",
  "cli.",
  "ui.",
  "bullmq.",
  "offline.",
].map((path) => ROOT + path);

/** Whether a URL is that of a module of this library. */
export function isInternalModule(url: string): boolean {
  const plain = url.startsWith(ROOT_IN_STACKS) ? ROOT + url.slice(ROOT_IN_STACKS.length) : url;
  return INTERNAL_PREFIXES.some((prefix) => plain.startsWith(prefix));
}

/**
 * Removes the internal frame at the start of a line; the result is empty if nothing else follows.
 */
export function stripInternalFrame(line: string): string {
  if (!isInternalFrame(line)) return line;
  const at = line.slice(line.indexOf(ROOT_IN_STACKS));
  return at.replace(/^.*?:\d+:\d+\)?/, "").trimStart();
}

/** Removes internal frames from a text, such as an inspected error within another. */
export function stripInternalFrames(text: string): string {
  if (!text.includes(ROOT_IN_STACKS)) return text;
  const lines: string[] = [];
  for (const line of text.split("\n")) {
    const shown = stripInternalFrame(line);
    if (shown === line) lines.push(line);
    // The brace that opens an error's properties follows its last frame.
    else if (shown !== "") lines.push(`${lines.pop() ?? ""}${shown === "{" ? " " : ""}${shown}`);
  }
  return lines.join("\n");
}

/** Whether a line is a stack frame in a module of this library. */
export function isInternalFrame(line: string): boolean {
  const at = line.indexOf(ROOT_IN_STACKS);
  return at > 0 && /^\s+at /.test(line) && isInternalModule(line.slice(at));
}
