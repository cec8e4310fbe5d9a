/** Converts requests of the page to command arguments, such that no value acts as an option. */
import { quoteName } from "../../base/name_syntax.ts";
import type { RunRequest } from "../../gui/ui_protocol.ts";

/** Paths of the input and output files of a run. */
export interface RunFiles {
  /** The initial state, as JSON. */
  readonly initialState: string;
  /** The final state, as JSON. */
  readonly finalState: string;
  /** The events, one JSON object a line. */
  readonly events: string;
  /** The mocked result at an index. */
  mock(index: number): string;
}

/** The arguments of a run. Output is not printed, since the events contain it. */
export function runArgs(request: RunRequest, files: RunFiles, engine?: string): string[] {
  const { module, names, workers, tags, skipDependents, log, mocks, rerunFailed } = request;
  return [
    [moduleArg(module), ...names.map(quoteName)].join("::"),
    `--reporter=json=${files.events}`,
    "--output=none",
    `--state-file=${files.initialState}`,
    `--state-out=${files.finalState}`,
    skipDependents ? "--skip-deps" : "--no-skip-deps",
    ...(engine === undefined ? [] : [`--engine=${engine}`]),
    ...(workers === null ? [] : [`--workers=${workers}`]),
    ...(tags.trim() === "" ? [] : [`--tags=${tags}`]),
    ...(log ? ["--log"] : []),
    ...(rerunFailed ? ["--rerun-failed"] : []),
    ...Object.keys(mocks).map((name, index) =>
      `--result-${quoteName(name)}:=@${files.mock(index)}`
    ),
  ];
}

/** The arguments that print the tasks. */
export function listArgs(module: string): string[] {
  return [moduleArg(module), "--list=json"];
}

/** The arguments that write the initial state of a run. */
export function initialStateArgs(module: string, files: RunFiles): string[] {
  return [
    moduleArg(module),
    "--dry-run",
    `--state-file=${files.initialState}`,
    `--state-out=${files.finalState}`,
  ];
}

/** A path relative to the current folder that cannot be taken for an option. */
export function moduleArg(module: string): string {
  return `./${module}`;
}
