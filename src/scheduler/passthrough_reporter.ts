/** What tasks print, for a program that has nobody else to show it: it goes where it would have gone. */
import { writeText } from "../base/write_all.ts";
import type { Reporter } from "../events/reporter.ts";

/** Prints what tasks on other threads print, and log lines as outside of a run: all but debug lines. */
export const passthroughReporter: Reporter = {
  report(event) {
    if (event.type !== "task-output") return;
    const { channel, level, text } = event;
    if (channel === "log" && level === "debug") return;
    writeText(channel === "stdout" ? Deno.stdout : Deno.stderr, `${text}\n`);
  },
};
