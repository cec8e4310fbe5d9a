/** The backend of the web UI that runs `tdrun` processes. */
import { UsageError } from "../../base/errors.ts";
import type { Backend } from "../../gui/serve_gui.ts";
import type {
  JsonObject,
  OpenedModule,
  OpenedTask,
  OpenRequest,
  RunRequest,
} from "../../gui/ui_protocol.ts";
import { extractError } from "../../gui/extract_error.ts";
import type { ListedTask, TaskList } from "../inspect/list_json.ts";
import { rejectReservedKey } from "../args/assignments.ts";
import { parseState } from "../run/state_file.ts";
import { findModules } from "./find_modules.ts";
import { findNonJsonValue } from "./find_non_json_value.ts";
import { type ChildResult, runTdrun } from "./child_command.ts";
import { startChildRun } from "./start_child_run.ts";
import { initialStateArgs, listArgs } from "./run_args.ts";
import { RunTempDir } from "./run_temp_dir.ts";

/**
 * Creates the backend for a folder.
 *
 * @param engine The URL of the engine, if tasks run on remote workers.
 */
export function cliBackend(folder: string, engine: string | undefined): Backend {
  return {
    modules: () => findModules(folder),
    open: (request, signal) => open(request, folder, signal),
    parseState(name, text) {
      const state = parseState(name, text);
      const nonJson = findNonJsonValue(state);
      if (nonJson === undefined) return state;
      throw new UsageError(
        `Cannot use the state file "${name}" in the web UI: ${nonJson}, which JSON cannot represent`,
      );
    },
    start(request: RunRequest) {
      rejectReservedKeys(request.state);
      return Promise.resolve(startChildRun(request, folder, engine));
    },
  };
}

/** @throws {UsageError} when a state has a key that only a run sets. */
export function rejectReservedKeys(state: JsonObject): void {
  for (const key of Object.keys(state)) rejectReservedKey(key, "before a run");
}

async function open(
  { module, state }: OpenRequest,
  folder: string,
  signal: AbortSignal,
): Promise<OpenedModule> {
  rejectReservedKeys(state);
  const files = RunTempDir.create({ state });
  const options = { folder, tempDir: files.folder, signal };
  try {
    const [list, stateEnd] = await Promise.all([
      runTdrun(listArgs(module), options),
      runTdrun(initialStateArgs(module, files), options),
    ]);
    if (list.code !== 0) throw new UsageError(commandFailure(list));
    const { tasks, modules = [] } = parseList(list.stdout);
    const initialState = withoutResults(await files.result());
    return {
      module,
      modules,
      tasks: tasks.map(openedTask),
      state: initialState,
      stateProblem: stateEnd.code === 0 ? null : stateFailure(stateEnd, initialState),
    };
  } finally {
    files.remove();
  }
}

function openedTask({ name, kind, after, tags, policy }: ListedTask): OpenedTask {
  const { when, mutex, tokens, weight } = policy;
  return {
    name,
    ...(kind !== undefined && { kind }),
    after,
    tags,
    ...(when !== undefined && when !== "passed" && { when }),
    ...(mutex !== undefined && { mutex }),
    ...(tokens !== undefined && { tokens }),
    ...(weight !== undefined && { weight }),
  };
}

/** Parses the list at the end of the output: a module may print before it while being loaded. */
function parseList(stdout: string): TaskList {
  const end = stdout.lastIndexOf("\n}\n"); // a module may also print after the list
  return JSON.parse(stdout.slice(stdout.lastIndexOf('{\n  "schema"', end), end + 2));
}

function withoutResults(state: JsonObject | null): JsonObject | null {
  if (state === null) return null;
  const { results: _, ...rest } = state;
  return rest;
}

/** Explains a failed preparation of the state. If there is a state, the teardown has failed. */
function stateFailure(stateEnd: ChildResult, initialState: JsonObject | null): string {
  const why = commandFailure(stateEnd);
  return initialState === null
    ? why
    : why.replace(/^Internal error[^:]*:/, "teardownState failed:");
}

function commandFailure({ code, stderr }: ChildResult): string {
  return extractError(stderr) || `tdrun exited with code ${code}`;
}
