/** Parses the arguments of `tdrun ui`. */
import { wholeNumber } from "../args/option_values.ts";
import { createSubcommand, parseSubcommand } from "../args/subcommand.ts";

const PORT_MAX = 65_535;

/** The parsed arguments of `tdrun ui`. */
export type UiRequest =
  | { readonly type: "text"; readonly text: string }
  | {
    readonly type: "serve";
    /** The module, as typed. */
    readonly module: string | undefined;
    readonly port: number;
    /** The URL of the engine, if tasks run on remote workers. */
    readonly engine: string | undefined;
    /** Whether to open a browser. */
    readonly opensBrowser: boolean;
  };

/**
 * Parses the arguments after `ui`.
 *
 * @throws {UsageError} when an argument is invalid.
 */
export function parseUiArgs(args: readonly string[]): UiRequest {
  const command = uiCommandLine();
  const text = parseSubcommand(command, args, "Cannot start the web UI");
  if (text !== undefined) return { type: "text", text };
  const [module] = command.processedArgs;
  const { port = 0, open, engine } = command.opts();
  return { type: "serve", module, port, engine, opensBrowser: open };
}

/** Creates the parser, which the completions use too. */
export function uiCommandLine() {
  return createSubcommand(
    "ui",
    "Serves a web UI to watch and run the tasks of the modules in this folder.",
    "[options] [module]",
  )
    .option("--port <n>", "listen on this port (default: any)", wholeNumber("--port", PORT_MAX))
    .option("--engine <url>", "run tasks on remote workers: redis://host (see tdrun worker)")
    .option("--no-open", "print the address without opening a browser");
}
