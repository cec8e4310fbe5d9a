/** What the page asks for, as arguments of the command. Pure, so that nothing asked for becomes an option. */
import { quoteName } from "../../base/name_syntax.ts";
import type { RunRequest } from "../../gui/ui_protocol.ts";

/** Where a run has from what it is given, and leaves what comes of it. */
export interface RunFiles {
  /** The state before. */
  readonly initialState: string;
  /** The state after. */
  readonly finalState: string;
  /** The events, one a line. */
  readonly events: string;
  /** The result that is given for a task, by its place among them. */
  mock(index: number): string;
}

/** The arguments of a run. What tasks print is among the events, and need not be printed once more. */
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

/** The arguments that print the graph. */
export function graphArgs(module: string): string[] {
  return [moduleArg(module), "--graph=json"];
}

/** The arguments that write the state a run would begin with. */
export function initialStateArgs(module: string, files: RunFiles): string[] {
  return [
    moduleArg(module),
    "--dry-run",
    `--state-file=${files.initialState}`,
    `--state-out=${files.finalState}`,
  ];
}

/** A path from the current folder that is no option, whatever it is called. */
function moduleArg(module: string): string {
  return `./${module}`;
}
