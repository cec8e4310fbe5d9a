/** Whether a command is going to run tasks on threads: a guess, made before anything can parse the arguments. */
import { moduleAmong } from "./target_module.ts";

/** What has no run, or runs its tasks elsewhere. */
const WITHOUT =
  /^(-h|--(help|version|completions|graph|list|dry-run|engine|isolate|workers=0)(=.*)?)$/;

/**
 * See the head of this file. A wrong guess costs a thread that nobody uses, or one that starts later.
 *
 * @param args The arguments of the command.
 */
export function usesThreads(args: readonly string[]): boolean {
  return moduleAmong(args) !== undefined && args[0] !== "ui" && args[0] !== "worker" &&
    !args.some((arg, i) => WITHOUT.test(arg) || (arg === "--workers" && args[i + 1] === "0"));
}
