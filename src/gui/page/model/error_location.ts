/** The frames of a stack that are shown, and the location of an error in the user's code. */
import type { ErrorRecord } from "../../../base/error_record.ts";
import type { SessionInfo } from "../../ui_protocol.ts";
import { stripAnsi } from "./strip_ansi.ts";

/** A location in a file of the session's folder. */
export interface ErrorLocation {
  /** Relative to the folder. */
  readonly path: string;
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
}

/** The folder of the session, and the URLs of this library. */
export type StackContext = Pick<SessionInfo, "folder" | "libraryUrls">;

/** The frames of a stack, without those of the runtime and of this library if it has others. */
export function stackFramesOf(
  { stack = "", message }: Pick<ErrorRecord, "stack" | "message">,
  { folder, libraryUrls }: StackContext,
): string[] {
  const after = stack.indexOf(message);
  const rest = after < 0 ? stack : stack.slice(after + message.length);
  const frames = rest.split("\n").map((line) => line.trim()).filter((line) => line !== "");
  const isInternal = (line: string) =>
    /[( ](ext|node):/.test(line) || libraryUrls.some((it) => line.includes(it));
  const own = frames.filter((line) => !isInternal(line));
  return (own.length > 0 ? own : frames)
    .map((line) => stripAnsi(line).replaceAll(`file://${folder}/`, ""));
}

/** The first location of a stack that is in the folder; undefined if there is none. */
export function errorLocation(
  error: Pick<ErrorRecord, "stack" | "message">,
  context: StackContext,
): ErrorLocation | undefined {
  for (const frame of stackFramesOf(error, context)) {
    const [, path, line, column] = /(?:^at |\()(?:async )?([^():]+):(\d+):(\d+)\)?$/.exec(frame) ??
      [];
    if (path === undefined || path.includes("node_modules/")) continue;
    return { path, line: Number(line), column: Number(column) };
  }
  return undefined;
}
