/** What the page can do with modules, done by the command. */
import { UsageError } from "../../base/errors.ts";
import type { Backend } from "../../gui/ui_server.ts";
import type { JsonObject, OpenedModule, OpenRequest, RunRequest } from "../../gui/ui_protocol.ts";
import { extractError } from "../../gui/extract_error.ts";
import type { GraphJson } from "../../graph/format_json.ts";
import { rejectReservedKey } from "../args/assignments.ts";
import { parseState } from "../run/state_file.ts";
import { findNonJsonValue } from "./non_json_value.ts";
import { type ChildEnd, runTdrun } from "./child_command.ts";
import { startChildRun } from "./child_run.ts";
import { graphArgs, initialStateArgs } from "./run_args.ts";
import { RunTempDir } from "./run_temp_dir.ts";

/**
 * Makes it for a folder.
 *
 * @param engine Where runs have their tasks run, if not on this machine.
 */
export function cliBackend(folder: string, engine: string | undefined): Backend {
  return {
    open: (request, signal) => open(request, folder, signal),
    parseState(name, text) {
      const state = parseState(name, text);
      const beyond = findNonJsonValue(state);
      if (beyond === undefined) return state;
      throw new UsageError(`Cannot use the state file "${name}" here: ${beyond}, which is no JSON`);
    },
    start(request: RunRequest) {
      for (const key of Object.keys(request.state)) rejectReservedKey(key, "before a run");
      return startChildRun(request, folder, engine);
    },
  };
}

async function open(
  { module, state }: OpenRequest,
  folder: string,
  signal: AbortSignal,
): Promise<OpenedModule> {
  for (const key of Object.keys(state)) rejectReservedKey(key, "before a run");
  const files = await RunTempDir.create({ state });
  const place = { folder, files: files.folder, signal };
  try {
    const [graph, set] = await Promise.all([
      runTdrun(graphArgs(module), place),
      runTdrun(initialStateArgs(module, files), place),
    ]);
    if (graph.code !== 0) throw new UsageError(whyNot(graph));
    const { tasks } = graphIn(graph.stdout);
    const made = withoutResults(await files.result());
    return {
      module,
      tasks: tasks.map(({ name, after, tags }) => ({ name, after, tags })),
      state: made,
      stateProblem: set.code === 0 ? null : whyNoState(set, made),
    };
  } finally {
    await files.remove();
  }
}

/** The graph is the last of it: what the module starts while it is loaded may print there, too. */
function graphIn(stdout: string): GraphJson {
  const end = stdout.lastIndexOf("\n}\n"); // a module may have a last word
  return JSON.parse(stdout.slice(stdout.lastIndexOf('{\n  "schema"', end), end + 2));
}

function withoutResults(state: JsonObject | null): JsonObject | null {
  if (state === null) return null;
  const { results: _, ...rest } = state;
  return rest;
}

/** Once the state is made, all that is left to do is to tear down. */
function whyNoState(set: ChildEnd, made: JsonObject | null): string {
  const why = whyNot(set);
  return made === null ? why : why.replace(/^Internal error[^:]*:/, "teardownState failed:");
}

function whyNot({ code, stderr }: ChildEnd): string {
  return extractError(stderr) || `The command ended with ${code}`;
}
