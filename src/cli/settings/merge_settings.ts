/**
 * Merges settings with the options of the command line, which win: also over settings that the
 * command would reject together with them, such as `viewer` with a typed `--progress`.
 */
import { SCREEN_REPORTERS, STDOUT } from "../args/request.ts";
import type { ReporterOption } from "../args/option_values.ts";
import type { TypedOptions } from "../args/option_table.ts";
import { runOptionsOf } from "../args/resolve_request.ts";

type Key = keyof TypedOptions;

/**
 * Returns the options in force.
 *
 * @param settings The options that the settings set.
 * @param typed The options of the command line.
 * @param hasNames Whether the command line selects tasks by name.
 */
export function mergeSettings(
  settings: TypedOptions,
  typed: TypedOptions,
  hasNames: boolean,
): TypedOptions {
  const rest: TypedOptions = { ...settings };
  const drop = (...keys: readonly Key[]) => keys.forEach((key) => delete rest[key]);
  const isGiven = (...keys: readonly Key[]) => keys.some((key) => typed[key] !== undefined);
  if (isGiven("graph", "list", "dryRun")) drop("graph", "list", "dryRun");
  const action = typed.graph ?? rest.graph ?? typed.list ?? rest.list;
  const isDryRun = typed.dryRun ?? rest.dryRun ?? false;
  if (action !== undefined || isDryRun) drop(...runOptionsOf(action === undefined));
  dropScreens(rest, typed);
  if (typed.workers === "0" || typed.engine !== undefined) drop("isolate");
  if (typed.isolate === "inline") drop("workers");
  if (isGiven("isolate") || typed.workers === "0") drop("engine");
  const all = { ...rest, ...typed };
  // Options that are only valid with another one.
  if (all.engine === undefined) drop("runId");
  if (typed.rerunFailed || typed.withDeps) drop("results");
  if (typed.results !== undefined) drop("rerunFailed", "withDeps");
  if (!hasNames && all.tags === undefined) drop("results");
  if (!all.rerunFailed && !all.results) drop("force");
  if (all.repeat === undefined) drop("keepGoing");
  if (!hasNames && all.tags === undefined) drop("withDeps", "dependents");
  return { ...rest, ...typed };
}

/** Drops settings of outputs that the typed options exclude. */
function dropScreens(rest: TypedOptions, typed: TypedOptions): void {
  const { progress, viewer, verbose, reporter = [], stateOut } = typed;
  const typedScreen = reporter.some((it) => it.file === undefined && isScreen(it));
  const typedData = reporter.some((it) => it.file === undefined && !isScreen(it));
  if (progress || viewer || verbose || typedScreen) {
    delete rest.progress;
    delete rest.viewer;
  }
  if (progress || viewer) {
    delete rest.verbose;
    keepReporters(rest, (it) => it.file !== undefined || !isScreen(it));
  }
  if (stateOut === STDOUT) keepReporters(rest, (it) => it.file !== undefined || isScreen(it));
  if (typedData && rest.stateOut === STDOUT) delete rest.stateOut;
}

function keepReporters(rest: TypedOptions, isKept: (it: ReporterOption) => boolean): void {
  const kept = rest.reporter?.filter(isKept) ?? [];
  if (kept.length === 0) delete rest.reporter;
  else rest.reporter = kept;
}

function isScreen({ name }: ReporterOption): boolean {
  return SCREEN_REPORTERS.some((it) => it === name);
}
