/** Labels for lines of output in reports that show only text. */
import type { TaskOutput } from "../../events/run_event.ts";
import { levelName } from "./log_line.ts";

/** Adds the level of a log line, and the hook if there is one: `INFO  text`. */
export function labelOutput({ channel, level, hook, text }: TaskOutput): string {
  const labelled = hook === undefined ? text : `${hook}: ${text}`;
  return channel === "log" ? `${levelName(level)} ${labelled}` : labelled;
}
