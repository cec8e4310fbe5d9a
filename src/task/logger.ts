/** The log that any code may write to, on any thread. */
import { formatValues } from "../base/text_format.ts";
import { writeText } from "../base/write_all.ts";
import type { Logger, LogLevel } from "./context.ts";
import { type LogSink, realm } from "./realm.ts";

/**
 * Creates a logger that writes to `sink()`, resolved for each line. A text of several lines is
 * logged as several lines.
 */
export function loggerTo(sink: () => LogSink): Logger {
  const at = (level: LogLevel) => (...values: unknown[]) => {
    for (const line of formatValues(values).split("\n")) sink()(level, line);
  };
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

/**
 * The log of the run, for code that has no task context: each line names its thread and its task.
 * Outside of a run, lines except debug lines go to standard error.
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

/** The sink of log lines outside of a run. */
export function toStandardError(level: LogLevel, text: string): void {
  if (level !== "debug") writeText(Deno.stderr, `${text}\n`);
}
