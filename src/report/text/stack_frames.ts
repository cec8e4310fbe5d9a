/** Stack frames of user code. */

import { isInternalModule } from "../../runtime/internal_frames.ts";
import { locationPath } from "../../runtime/location_path.ts";
import { truncate } from "../../base/text_format.ts";

/** A stack frame with a location. */
export interface Frame {
  /** The called function as the engine names it: `deploy`, `async main`; empty at the top level. */
  readonly call: string;
  /** The URL of the module. */
  readonly url: string;
  /** Line number, from 1. */
  readonly line: number;
  /** Column in UTF-16 units, from 1. */
  readonly column: number;
}

/**
 * Matches modules of packages: the caller of a package is more informative than frames within it.
 */
const PACKAGES = /\/node_modules\/|\/npm\/registry\.|^https:\/\/(jsr\.io|deno\.land\/std)/;

/**
 * Returns the frames of a stack, without those of the runtime, of this library and of packages. If
 * only frames of packages are left, returns the first of them.
 *
 * @param message The error's message, which the stack contains and which may look like a frame.
 */
export function userFrames(stack: string | undefined, message = ""): Frame[] {
  const at = message === "" ? -1 : (stack ?? "").indexOf(message);
  const lines = (stack ?? "").slice(at < 0 ? 0 : at + message.length).split("\n");
  const frames = lines.flatMap((line) => parseFrame(line) ?? []);
  const outside = frames.filter(({ url }) => !isInternalModule(url));
  const own = outside.filter(({ url }) => !PACKAGES.test(url));
  return own.length > 0 ? own : outside.slice(0, 1);
}

/**
 * Matches the end of a frame. Without this check the pattern below would backtrack for each URL in
 * the line.
 */
const PLACE = /:\d+:\d+\)?$/;

/**
 * Parses `at f (file:///a.ts:1:2)` or `at file:///a.ts:1:2`; the runtime's own frames have other
 * URLs.
 */
function parseFrame(line: string): Frame | undefined {
  if (!PLACE.test(line)) return undefined;
  const found = /^\s*at (?:(.*) \()?(async )?((?:file|https?|data|blob):.*?):(\d+):(\d+)\)?$/s.exec(
    line,
  );
  if (!found) return undefined;
  const [, call = "", isAsync = "", url = "", row, column] = found;
  return { call: call + isAsync.trim(), url, line: Number(row), column: Number(column) };
}

/** Formats a frame: `at deploy (src/deploy.ts:12:9)`. */
export function formatFrame({ call, url, line, column }: Frame, folder?: string): string {
  const place = `${formatUrl(url, folder)}:${line}:${column}`;
  if (call === "" || call === "async") return `at ${call === "" ? "" : "async "}${place}`;
  return `at ${call} (${place})`;
}

/** Formats a file URL as a path, relative to a folder if inside; other URLs are truncated. */
export function formatUrl(url: string, folder?: string): string {
  if (!url.startsWith("file:")) return truncate(url, URL_MAX);
  const path = locationPath(url);
  if (folder === undefined) return path;
  // On Windows a folder has backslashes, and a URL slashes.
  const root = `${/^([A-Za-z]:|\\)\\/.test(folder) ? folder.replaceAll("\\", "/") : folder}/`
    .replace(/\/\/$/, "/");
  return path.startsWith(root) ? path.slice(root.length) : path;
}

/** Maximum length of a URL: a `data:` URL contains the whole module. */
const URL_MAX = 80;
