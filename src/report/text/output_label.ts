/** A line of output where there is nothing but its text to say whence it came. */
import type { TaskOutput } from "../../events/run_event.ts";
import { levelName } from "./log_line.ts";

/** `INFO  text` for a line of the log, with the hook before it that it comes from. */
export function labelOutput({ channel, level, hook, text }: TaskOutput): string {
  const labelled = hook === undefined ? text : `${hook}: ${text}`;
  return channel === "log" ? `${levelName(level)} ${labelled}` : labelled;
}
