/** The frames of a stack that are the user's: where to look, without how we got there. */

import { isInternalModule } from "../../runtime/internal_frames.ts";
import { locationPath } from "../../runtime/stack_location.ts";
import { truncate } from "../../base/text_format.ts";

/** One line of a stack that names a place in a file. */
export interface Frame {
  /** What was called, as the engine names it: `deploy`, `async main`; empty at the top level. */
  readonly call: string;
  /** The module. */
  readonly url: string;
  /** From 1. */
  readonly line: number;
  /** In UTF-16 units, from 1. */
  readonly column: number;
}

/** Where packages are kept: whoever called into one is of more interest than what it did then. */
const PACKAGES = /\/node_modules\/|\/npm\/registry\.|^https:\/\/(jsr\.io|deno\.land\/std)/;

/**
 * The stack's frames without the runtime's and this library's own, and without those of packages
 * unless there are no others: then the first of them stands for all.
 *
 * @param message The error's message: it stands in the stack, and may look like a frame itself.
 */
export function userFrames(stack: string | undefined, message = ""): Frame[] {
  const at = message === "" ? -1 : (stack ?? "").indexOf(message);
  const lines = (stack ?? "").slice(at < 0 ? 0 : at + message.length).split("\n");
  const frames = lines.flatMap((line) => parseFrame(line) ?? []);
  const outside = frames.filter(({ url }) => !isInternalModule(url));
  const own = outside.filter(({ url }) => !PACKAGES.test(url));
  return own.length > 0 ? own : outside.slice(0, 1);
}

/** How a frame ends. What does not would be looked at again for each beginning of a URL in it. */
const PLACE = /:\d+:\d+\)?$/;

/** `at f (file:///a.ts:1:2)` or `at file:///a.ts:1:2`; the runtime's own are no URL of a file. */
function parseFrame(line: string): Frame | undefined {
  if (!PLACE.test(line)) return undefined;
  const found = /^\s*at (?:(.*) \()?(async )?((?:file|https?|data|blob):.*?):(\d+):(\d+)\)?$/s.exec(
    line,
  );
  if (!found) return undefined;
  const [, call = "", isAsync = "", url = "", row, column] = found;
  return { call: call + isAsync.trim(), url, line: Number(row), column: Number(column) };
}

/** A frame as people read it: `at deploy (src/deploy.ts:12:9)`. */
export function formatFrame({ call, url, line, column }: Frame, folder?: string): string {
  const place = `${formatUrl(url, folder)}:${line}:${column}`;
  if (call === "" || call === "async") return `at ${call === "" ? "" : "async "}${place}`;
  return `at ${call} (${place})`;
}

/** A file's path, from the given folder if it is inside; what is no file as it is, but short. */
export function formatUrl(url: string, folder?: string): string {
  if (!url.startsWith("file:")) return truncate(url, URL_MAX);
  const path = locationPath(url);
  if (folder === undefined) return path;
  // On Windows a folder is written with backslashes, and a URL with slashes.
  const root = `${/^([A-Za-z]:|\\)\\/.test(folder) ? folder.replaceAll("\\", "/") : folder}/`
    .replace(/\/\/$/, "/");
  return path.startsWith(root) ? path.slice(root.length) : path;
}

/** The module of a `data:` URL is its own name. */
const URL_MAX = 80;
