/** What the page asks for, as arguments of the command. Pure, so that nothing asked for becomes an option. */
import type { RunRequest } from "../../gui/protocol.ts";

/** Where a run has its state from, and leaves it. */
export interface StateFiles {
  readonly before: string;
  readonly after: string;
}

/** The arguments of a run whose events are read from its standard output. */
export function runArgs(request: RunRequest, files: StateFiles): string[] {
  const { module, names, workers, tags, skipDependents, log, mocks, rerunFailed } = request;
  return [
    [target(module), ...names].join("::"),
    "--reporter=json",
    `--state-file=${files.before}`,
    `--state-out=${files.after}`,
    skipDependents ? "--skip-deps" : "--no-skip-deps",
    ...(workers === null ? [] : [`--workers=${workers}`]),
    ...(tags.trim() === "" ? [] : [`--tags=${tags}`]),
    ...(log ? ["--log"] : []),
    ...(rerunFailed ? ["--rerun-failed"] : []),
    ...Object.entries(mocks).map(([name, result]) => `--result-${name}:=${JSON.stringify(result)}`),
  ];
}

/** The arguments that print the graph. */
export function graphArgs(module: string): string[] {
  return [target(module), "--graph=json"];
}

/** The arguments that write the state a run would begin with. */
export function initialStateArgs(module: string, files: StateFiles): string[] {
  return [
    target(module),
    "--dry-run",
    `--state-file=${files.before}`,
    `--state-out=${files.after}`,
  ];
}

/** A path from the current folder that is no option, whatever it is called. */
function target(module: string): string {
  return `./${module}`;
}
