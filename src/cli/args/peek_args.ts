/**
 * A preview of the arguments, before they are parsed. A respawn and the first thread start from it,
 * since both cost the more the later they start; the parser and its option table load meanwhile.
 */

/** The subcommands. */
const SUBCOMMANDS = ["ui", "worker", "cache", "merge"] as const;

/** A preview of a command, before its arguments are parsed. */
export interface PeekedArgs {
  /** The subcommand, if there is one. */
  readonly subcommand: typeof SUBCOMMANDS[number] | undefined;
  /** The module, as typed, if an argument ends like one. */
  readonly module: string | undefined;
  /** Whether `--verbose` is given. */
  readonly isVerbose: boolean;
  /**
   * Whether the command is likely to run tasks on threads. A wrong guess costs an unused thread, or
   * a thread that starts later.
   */
  readonly usesThreads: boolean;
}

/** Matches options of commands that run no tasks, or run them outside of threads. */
const THREADLESS_OPTION =
  /^(-h|--(help|version|completions|graph|list|dry-run|watch|engine|isolate|workers=0)(=.*)?)$/;

/** Matches the path of a module at the start of a target: `module.ts` of `module.ts::task`. */
const MODULE_PATH = /^.*?\.[cm]?[jt]sx?(?=::|$)/s;

/** Previews a command, before its arguments are parsed. */
export function peekArgs(args: readonly string[]): PeekedArgs {
  const [first] = args;
  const subcommand = SUBCOMMANDS.find((name) => name === first);
  const end = args.indexOf("--");
  const options = end < 0 ? args : args.slice(0, end);
  const target = args.slice(0, end < 0 ? args.length : end + 2)
    .find((arg) => !arg.startsWith("-") && MODULE_PATH.test(arg));
  const module = target && moduleOf(target);
  return {
    subcommand,
    module,
    isVerbose: options.includes("--verbose"),
    usesThreads: module !== undefined && subcommand === undefined &&
      !options.some((arg, i) =>
        THREADLESS_OPTION.test(arg) || (arg === "--workers" && args[i + 1] === "0")
      ),
  };
}

/** The module of a target. Task names may contain `/`, and folder names `::`. */
export function moduleOf(target: string): string {
  const modulePath = MODULE_PATH.exec(target)?.[0];
  if (modulePath !== undefined) return modulePath;
  const end = target.indexOf("::", target.lastIndexOf("/") + 1);
  return end < 0 ? target : target.slice(0, end);
}
