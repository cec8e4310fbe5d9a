/**
 * Resolution of the parsed options to a request. Conflicting options are rejected here, before the
 * module is loaded.
 */
import { UsageError } from "../../base/errors.ts";
import { GRAPH_FORMATS } from "../../graph/graph_format.ts";
import { hasEmptyPart } from "../../base/name_syntax.ts";
import { checkRunPolicy, type RunPolicy } from "../../run/run_policy.ts";
import { ENGINE_WORKERS_MAX, WORKERS_MAX } from "../../runtime/worker_limits.ts";
import { type ReporterOption, toUsageErrors, wholeNumber } from "./option_values.ts";
import type { TypedOptions } from "./option_table.ts";
import type {
  Action,
  DataReporterName,
  EngineRequest,
  ModuleRequest,
  Request,
  ScreenKind,
  ScreenReporterName,
  SelectionRequest,
  TypedRequest,
} from "./request.ts";
import { LIST_FORMATS, SCREEN_REPORTERS, STDOUT } from "./request.ts";
import { moduleOf } from "./peek_args.ts";

/**
 * Resolves targets and options to a request.
 *
 * @param targets The positional arguments: the module and task names.
 * @throws {UsageError} if a target is invalid, or options conflict.
 */
export function resolveRequest(
  targets: readonly string[],
  options: TypedOptions,
): Omit<TypedRequest, "state" | "mocks" | "notes"> {
  const { modules, names } = splitTargets(targets, options);
  const allNames = [...names, ...modules.flatMap((it) => it.names)];
  const action = actionOf(options);
  if (action.type !== "run") rejectRunOptions(action, options);
  if (options.changed !== undefined && allNames.length > 0) {
    throw conflictError("--changed", "task names");
  }
  if (options.force && !options.rerunFailed && options.results === undefined) {
    throw new UsageError("--force requires --rerun-failed or --results=last");
  }
  if (options.results !== undefined) rejectUnusedResults(allNames, options);
  if (options.keepGoing && options.repeat === undefined) {
    throw new UsageError("--keep-going requires --repeat");
  }
  return {
    module: modules.map(({ path }) => path).join(" "),
    modules,
    selection: { ...selectionOf(allNames, options), names },
    action,
    shard: options.shard,
    ...threadsOf(options),
    engine: engineOf(options),
    skipDependents: options.skipDeps ?? true,
    stateFile: options.stateFile,
    stateOut: options.stateOut,
    policy: policyOf(options),
    order: options.order ?? "name",
    isShuffled: options.shuffle !== undefined,
    failOnFlaky: options.failOnFlaky ?? false,
    repeat: repeatOf(options),
    keepGoing: options.keepGoing ?? false,
    rerunFailed: options.rerunFailed ?? false,
    usesLastResults: options.results === "last",
    force: options.force ?? false,
    journal: options.journal ?? true,
    ...cacheOf(options),
    watch: watchOf(options),
    ...reportersOf(options),
    output: options.output ?? (options.progress || options.viewer ? "failed" : "live"),
    durations: options.durations ?? 0,
    log: options.log ?? false,
    verbose: options.verbose ?? false,
  };
}

/** The modules of the targets, and the names that belong to no module alone. */
interface SplitTargets {
  readonly modules: readonly ModuleRequest[];
  readonly names: readonly string[];
}

/** Splits `users.ts::a::b orders.ts ::c`. The names of a single module belong to none alone. */
function splitTargets(targets: readonly string[], options: TypedOptions): SplitTargets {
  const [target, ...otherTargets] = targets;
  if (target === undefined || target.startsWith("::")) {
    throw new UsageError("No module given: expected tdrun <module>[::task] (see --help)");
  }
  rejectUnexpected(otherTargets.filter((it) => !isTarget(it)), targets, options);
  const names = targets.filter((it) => it.startsWith("::")).map(namesIn);
  const modules = targets.filter((it) => !it.startsWith("::")).map((it): ModuleRequest => {
    const path = moduleOf(it);
    const suffix = it.slice(path.length);
    return { path, names: suffix === "" ? [] : [namesIn(suffix)], isExpanded: false };
  });
  const [only, ...others] = modules;
  if (others.length > 0) return { modules, names };
  return { modules: [{ ...only!, names: [] }], names: [...only!.names, ...names] };
}

/** Whether an argument after the first is a module or names of tasks, not a misplaced value. */
function isTarget(text: string): boolean {
  const path = moduleOf(text);
  return text.startsWith("::") || (!text.startsWith("-") && isModulePath(path));
}

function isModulePath(path: string): boolean {
  return /\.[cm]?[jt]sx?$|[*?/]|^[a-z]{2,}:/.test(path);
}

function namesIn(text: string): string {
  const names = text.slice("::".length);
  if (!hasEmptyPart(names, "::")) return names;
  throw new UsageError(`Cannot read "${text}": no task after "::"`);
}

function rejectUnexpected(
  unexpected: readonly string[],
  targets: readonly string[],
  options: TypedOptions,
): void {
  if (unexpected.length === 0) return;
  const assignment = unexpected.find((it) => /^[A-Za-z]\w*:?=/.test(it)); // the syntax of Make
  const value = misplacedValue(targets, options) ?? (assignment && `--${assignment}`);
  const hint = value !== undefined
    ? `; did you mean ${value}?`
    : unexpected.some((it) => it.startsWith("-"))
    ? '; options go before "--"'
    : "";
  throw new UsageError(
    `Unexpected argument "${unexpected.join(" ")}": expected a module, such as build.ts${hint}`,
  );
}

/** The `--graph=dot` for a typed `--graph dot`: an optional value has to follow a `=`. */
function misplacedValue(targets: readonly string[], options: TypedOptions): string | undefined {
  const { graph, list, shuffle, failFast } = options;
  const correction = (option: unknown, name: string, pattern: RegExp) => {
    const value = option === undefined ? undefined : targets.find((it) => pattern.test(it));
    return value === undefined ? [] : [`${name}=${value}`];
  };
  return [
    ...correction(graph, "--graph", new RegExp(`^(${GRAPH_FORMATS.join("|")})$`)),
    ...correction(list, "--list", new RegExp(`^(${LIST_FORMATS.join("|")})$`)),
    ...correction(shuffle === true ? shuffle : undefined, "--shuffle", /^\d+$/),
    ...correction(failFast, "--fail-fast", /^\d+(:[a-z-]+)?$/),
  ][0];
}

/** Rejects `--results` where every dependency is selected, or has a result of its own. */
function rejectUnusedResults(names: readonly string[], options: TypedOptions): void {
  if (options.rerunFailed) throw conflictError("--results", "--rerun-failed");
  if (options.withDeps) throw conflictError("--results", "--with-deps");
  if (names.length > 0 || options.tags !== undefined) return;
  throw new UsageError("--results requires selected tasks: module::task or --tags");
}

function selectionOf(names: readonly string[], options: TypedOptions): SelectionRequest {
  const { tags, exclude = [], withDeps = false, dependents = false, changed } = options;
  const isAll = names.length === 0 && tags === undefined && changed === undefined;
  if (isAll && (withDeps || dependents)) {
    const option = withDeps ? "--with-deps" : "--dependents";
    throw new UsageError(`${option} requires selected tasks: module::task or --tags`);
  }
  return { names, tags, exclude, withDeps, dependents };
}

function actionOf({ graph, list, dryRun }: TypedOptions): Action {
  const given = Object.entries({ "--graph": graph, "--list": list, "--dry-run": dryRun })
    .flatMap(([option, value]) => value === undefined ? [] : [option]);
  if (given.length > 1) throw conflictError(given[0]!, given[1]!);
  if (graph !== undefined) return { type: "graph", format: graph };
  if (list !== undefined) return { type: "list", format: list };
  return { type: dryRun ? "dry-run" : "run" };
}

/** Resolves the options of the cache. */
function cacheOf(
  options: TypedOptions,
): Pick<TypedRequest, "cache" | "cacheDir" | "why" | "changed"> {
  const { cacheDir, why, changed, tags, rerunFailed } = options;
  const cache = options.cache ?? true;
  if (!cache && why !== undefined) throw conflictError("--no-cache", "--why");
  if (changed !== undefined && tags !== undefined) throw conflictError("--changed", "--tags");
  if (changed !== undefined && rerunFailed) throw conflictError("--changed", "--rerun-failed");
  return { cache, cacheDir, why, changed };
}

/** Resolves `--watch`: each run depends on the journal of the last one. */
function watchOf(options: TypedOptions): boolean {
  const { watch, changed, rerunFailed, repeat, journal, engine } = options;
  if (watch === undefined) return false;
  const given = Object.entries({
    "--changed": changed,
    "--rerun-failed": rerunFailed,
    "--repeat": repeat,
    "--no-journal": journal,
    "--engine": engine,
  }).find(([, value]) => value !== undefined);
  if (given !== undefined) throw conflictError("--watch", given[0]);
  return true;
}

/** Resolves the two options that can request the main thread: `--workers=0`, `--isolate=inline`. */
function threadsOf(options: TypedOptions): Pick<Request, "workers" | "isolate"> {
  const { isolate } = options;
  const workers = workersOf(options);
  if (
    workers === undefined || isolate === undefined || (workers === 0) === (isolate === "inline")
  ) {
    return { workers: isolate === "inline" ? 0 : workers, isolate: isolate ?? "worker" };
  }
  throw conflictError(`--workers=${workers}`, `--isolate=${isolate}`);
}

/**
 * Parses `--workers`. With an engine, the maximum is that of remote workers, and 0 (the main
 * thread) is invalid.
 *
 * @throws {UsageError} if the number is out of range.
 */
export function workersOf({ workers, engine }: TypedOptions): number | undefined {
  if (workers === undefined) return undefined;
  if (engine === undefined) return wholeNumber("--workers", WORKERS_MAX)(workers);
  if (workers === "0") throw conflictError("--engine", "--workers=0");
  return wholeNumber("--workers", ENGINE_WORKERS_MAX, 1)(workers);
}

function engineOf(options: TypedOptions): EngineRequest | undefined {
  const { engine, runId, isolate, repeat = 1 } = options;
  if (engine === undefined) {
    if (runId !== undefined) throw new UsageError("--run-id requires --engine");
    return undefined;
  }
  if (isolate !== undefined) throw conflictError("--engine", `--isolate=${isolate}`);
  if (runId !== undefined && repeat > 1) throw conflictError("--run-id", "--repeat");
  return { address: engine, runId };
}

/**
 * Resolves the options of the run's policy. The policy has no seed if `--shuffle` has none: the
 * seed is generated later.
 *
 * @throws {UsageError} if a value is invalid.
 */
export function policyOf(options: TypedOptions): RunPolicy {
  const { timeout, retries, failFast, deadline, shuffle, strict, order, tokens } = options;
  return toUsageErrors(() =>
    checkRunPolicy({
      timeout,
      retries,
      failFast,
      deadline,
      strict,
      tokens,
      shuffle: shuffle === true ? undefined : shuffle,
      order: order === "recorded" ? "path" : order,
    })
  );
}

export function repeatOf({ repeat = 1 }: TypedOptions): number {
  if (repeat > 0) return repeat;
  throw new UsageError("Cannot use --repeat=0: expected a whole number from 1");
}

/** The options of a run, which are invalid where nothing runs. */
const RUN_OPTIONS = [
  ...["progress", "viewer", "output", "durations", "reporter", "log", "timeout"] as const,
  ...["retries", "failFast", "failOnFlaky", "repeat", "keepGoing", "strict"] as const,
  ...["isolate", "engine", "runId", "cache", "why", "watch"] as const,
];
/** Those of them that `--dry-run` takes into account. */
const PLAN_OPTIONS = [
  ...["shuffle", "order", "rerunFailed", "stateOut", "tokens"] as const,
];

/** The keys of the options that are invalid with `--list` and `--graph`, or with `--dry-run`. */
export function runOptionsOf(isDryRun: boolean): readonly (keyof TypedOptions)[] {
  return isDryRun ? RUN_OPTIONS : [...RUN_OPTIONS, ...PLAN_OPTIONS];
}

/** Rejects options of a run if nothing runs, rather than ignore them silently. */
function rejectRunOptions(action: Action, options: TypedOptions): void {
  const given = runOptionsOf(action.type === "dry-run").find((key) => options[key] !== undefined);
  if (given === undefined) return;
  const option = given.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  const prefix = given === "cache" && !options.cache ? "no-" : "";
  throw new UsageError(`Cannot use --${prefix}${option} with --${action.type}: nothing runs`);
}

function reportersOf(options: TypedOptions): Pick<Request, "screen" | "data" | "files"> {
  const { reporter = [], progress, viewer, verbose } = options;
  const files = reporter.flatMap(({ name, file }) => file === undefined ? [] : [{ name, file }]);
  const stdio = reporter.filter(({ file }) => file === undefined);
  const screens: [option: string, kind: ScreenKind][] = [
    ...(progress ? [["--progress", "progress"] as [string, ScreenKind]] : []),
    ...(viewer ? [["--viewer", "viewer"] as [string, ScreenKind]] : []),
    ...stdio.filter(isScreen).map(({ name }): [string, ScreenKind] => [reporterOption(name), name]),
  ];
  if (screens.length > 1) throw conflictError(screens[0]![0], screens[1]![0]);
  const [option, screen] = screens[0] ?? [];
  if (verbose && (progress || viewer)) throw conflictError(option!, "--verbose");
  const [data, second] = stdio.filter((it) => !isScreen(it));
  if (second) {
    throw new UsageError(
      `Cannot print both ${data!.name} and ${second.name}: give one a file, ` +
        `${reporterOption(second.name)}=FILE`,
    );
  }
  if (data !== undefined && options.stateOut === STDOUT) {
    throw new UsageError(
      `Cannot print both ${data.name} and the state: give one a file, --state-out=FILE`,
    );
  }
  return {
    screen: screen ?? (data ? "none" : "lines"),
    data: data?.name as DataReporterName | undefined,
    files,
  };
}

function isScreen<T extends ReporterOption>(it: T): it is T & { name: ScreenReporterName } {
  return SCREEN_REPORTERS.some((name) => name === it.name);
}

function reporterOption(name: string): string {
  return `--reporter=${name}`;
}

/** Returns the error of two options that exclude each other. */
export function conflictError(first: string, second: string): UsageError {
  return new UsageError(`Cannot use ${first} and ${second} together`);
}
