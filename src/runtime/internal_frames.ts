/** Which lines of a stack are this library's own: nobody looks for a mistake of theirs there. */
import { decodePath } from "./file_url.ts";
import { ROOT as FOLDER } from "./package.ts";

/** As URLs have it. */
const ROOT = FOLDER.href;
/** As stacks have it: Deno writes `file:///a b/c.ts` there. */
const ROOT_IN_STACKS = decodePath(ROOT);

/** What the URLs of this library's modules begin with. */
export const INTERNAL_PREFIXES: readonly string[] = [
  ...["src/", "workers/"],
  ...["mod.", "cli.", "ui.", "bullmq.", "offline."],
].map((path) => ROOT + path);

/** Whether a module is one of this library's. */
export function isInternalModule(url: string): boolean {
  const plain = url.startsWith(ROOT_IN_STACKS) ? ROOT + url.slice(ROOT_IN_STACKS.length) : url;
  return INTERNAL_PREFIXES.some((prefix) => plain.startsWith(prefix));
}

/** A line without the frame of ours that it begins with: empty where there is nothing else in it. */
export function stripInternalFrame(line: string): string {
  if (!isInternalFrame(line)) return line;
  const at = line.slice(line.indexOf(ROOT_IN_STACKS));
  return at.replace(/^.*?:\d+:\d+\)?/, "").trimStart();
}

/** A text without the frames of ours in it: what an error is shown as that something else holds. */
export function stripInternalFrames(text: string): string {
  if (!text.includes(ROOT_IN_STACKS)) return text;
  const lines: string[] = [];
  for (const line of text.split("\n")) {
    const shown = stripInternalFrame(line);
    if (shown === line) lines.push(line);
    // A brace that opens the properties of an error stands behind its last frame.
    else if (shown !== "") lines.push(`${lines.pop() ?? ""}${shown === "{" ? " " : ""}${shown}`);
  }
  return lines.join("\n");
}

/** Whether a line is a frame of a stack that names such a module. */
export function isInternalFrame(line: string): boolean {
  const at = line.indexOf(ROOT_IN_STACKS);
  return at > 0 && /^\s+at /.test(line) && isInternalModule(line.slice(at));
}
