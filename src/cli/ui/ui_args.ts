/** Parses the arguments of `tdrun ui`. */
import { conflictError } from "../args/resolve_request.ts";
import { wholeNumber } from "../args/option_values.ts";
import { anyText, flag, valueOption } from "../args/option_entry.ts";
import { HELP } from "../args/option_table.ts";
import { parseSubcommand } from "../args/subcommand.ts";
import { DEFAULT_EDITOR_URL, EDITORS, parseEditor } from "../../gui/parse_editor.ts";

const PORT_MAX = 65_535;

/** The subcommand `ui`. */
export const UI_COMMAND = {
  name: "ui",
  usage: "[options] [module or folder]",
  description: "Serves a web UI to watch and run the tasks of the modules in this folder.",
  summary: "watch and run tasks in a browser",
  options: [
    valueOption(
      "--port <n>",
      "listen on this port (default: any free one)",
      wholeNumber("--port", PORT_MAX),
    ),
    valueOption(
      "--engine <url>",
      "run tasks on remote workers: redis://host (see tdrun worker)",
      anyText,
    ),
    valueOption(
      "--editor <name>",
      `link errors to ${EDITORS.join(", ")}, or a URL with {file}, {line}, {column}`,
      parseEditor,
    ),
    flag("--watch", "run at once, and again when a file changes: what it affects, and dependents"),
    flag("--no-open", "print the address without opening a browser"),
    HELP,
  ],
};

/** The parsed arguments of `tdrun ui`. */
export type UiRequest =
  | { readonly type: "help" }
  | {
    readonly type: "serve";
    /** The module or the folder, as typed. */
    readonly module: string | undefined;
    readonly port: number;
    /** The URL of the engine, if tasks run on remote workers. */
    readonly engine: string | undefined;
    /** The URL that opens a location in an editor; empty for no links. */
    readonly editorUrl: string;
    /** Whether runs are repeated when a file changes. */
    readonly watch: boolean;
    /** Whether to open a browser. */
    readonly opensBrowser: boolean;
  };

/**
 * Parses the arguments after `ui`.
 *
 * @throws {UsageError} when an argument is invalid.
 */
export function parseUiArgs(args: readonly string[]): UiRequest {
  const { module, options } = parseSubcommand(UI_COMMAND, args);
  const { help, port = 0, open = true, watch = false, engine } = options;
  if (help) return { type: "help" };
  if (watch && engine !== undefined) throw conflictError("--watch", "--engine");
  const { editor: editorUrl = DEFAULT_EDITOR_URL } = options;
  return { type: "serve", module, port, engine, editorUrl, watch, opensBrowser: open };
}
