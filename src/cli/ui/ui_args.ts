/** The options of `tdrun ui`. */
import { wholeNumber } from "../args/option_values.ts";
import { createSubcommand, parseSubcommand } from "../args/subcommand.ts";

const PORT_MAX = 65_535;

/** What was asked for. */
export type UiRequest =
  | { readonly type: "text"; readonly text: string }
  | {
    readonly type: "serve";
    /** The module, as typed. */
    readonly module: string | undefined;
    readonly port: number;
    /** Where runs have their tasks run, if not on this machine. */
    readonly engine: string | undefined;
    /** Whether a browser is opened. */
    readonly opens: boolean;
  };

/**
 * Reads the arguments after `ui`.
 *
 * @throws {UsageError} when they are not understood.
 */
export function parseUiArgs(args: readonly string[]): UiRequest {
  const command = uiCommandLine();
  const text = parseSubcommand(command, args, "Cannot start the page");
  if (text !== undefined) return { type: "text", text };
  const [module] = command.processedArgs;
  const { port = 0, open, engine } = command.opts();
  return { type: "serve", module, port, engine, opens: open };
}

/** Builds the parser. */
export function uiCommandLine() {
  return createSubcommand(
    "ui",
    "Shows a page in the browser, to watch and run the tasks of modules in this folder.",
    "[options] [module]",
  )
    .option("--port <n>", "listen on this port (default: any)", wholeNumber("--port", PORT_MAX))
    .option("--engine <url>", "run tasks on workers elsewhere: redis://host (see tdrun worker)")
    .option("--no-open", "print the address, and open no browser");
}
