/** The log anybody may write to, from any thread. */
import { formatValues } from "../base/text_format.ts";
import { writeText } from "../base/write_all.ts";
import type { Logger, LogLevel } from "./context.ts";
import { type LogSink, realm } from "./realm.ts";

/** A logger that writes to `sink()`, looked up at each line: a line in a text is one that says whence it comes. */
export function loggerTo(sink: () => LogSink): Logger {
  const at = (level: LogLevel) => (...values: unknown[]) => {
    for (const line of formatValues(values).split("\n")) sink()(level, line);
  };
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

/**
 * Writes to the log of the run, with the thread and the task the line comes from. Outside of a run,
 * lines other than debug lines go to standard error.
 *
 * ```ts
 * import { logger, mark } from "@thread-order/cli";
 *
 * export const greet = mark(() => logger.info("hello from", { a: "task" }));
 * ```
 */
export const logger: Logger = loggerTo(() => {
  const { inlineLogs, log } = realm();
  return inlineLogs.findLast((it) => it.isCurrent())?.write ?? log ?? toStandardError;
});

/** Where lines go outside of a run. */
export function toStandardError(level: LogLevel, text: string): void {
  if (level !== "debug") writeText(Deno.stderr, `${text}\n`);
}
