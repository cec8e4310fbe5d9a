/** A guess, before the arguments are parsed, at whether a command runs tasks on threads. */
import { moduleAmong } from "./target_module.ts";

/** Matches options of commands that run no tasks, or run them outside of threads. */
const THREADLESS_OPTION =
  /^(-h|--(help|version|completions|graph|list|dry-run|engine|isolate|workers=0)(=.*)?)$/;

/**
 * Whether a command is likely to run tasks on threads. A wrong guess costs an unused thread, or a
 * thread that starts later.
 *
 * @param args The arguments of the command.
 */
export function usesThreads(args: readonly string[]): boolean {
  return moduleAmong(args) !== undefined && args[0] !== "ui" && args[0] !== "worker" &&
    !args.some((arg, i) =>
      THREADLESS_OPTION.test(arg) || (arg === "--workers" && args[i + 1] === "0")
    );
}
