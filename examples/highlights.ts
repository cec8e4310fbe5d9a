/**
 * Colored words in the log. Colors appear on a terminal only: a file or a pipe gets plain text.
 *
 *     deno run -A cli.ts examples/highlights.ts
 *     deno run -A cli.ts examples/highlights.ts --environment=production
 */
import { logger, mark, type State } from "@thread-order/cli";

/** Pairs of a pattern and a color: by name, or a function that colors a text. */
export function addLoggingHighlights(): [RegExp, string | ((text: string) => string)][] {
  return [
    [/\bCRITICAL\b/, "red"],
    [/Environment:\s+\w+/, "cyan"],
    [/\d+%/, (text) => `«${text}»`],
  ];
}

export function setupState(state: State): void {
  state.environment ??= "staging";
}

export const describe = mark((state) => {
  logger.info(`Environment: ${state.environment}`);
});

export const measure = mark({ after: [describe] }, (state, task) => {
  state.load = 93;
  task.log.info(`the disk is ${state.load}% full`);
});

export const warn = mark({ after: [measure] }, (state, task) => {
  if (state.load > 90) task.log.warn("CRITICAL: the disk is nearly full");
});
