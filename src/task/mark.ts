/**
 * `mark` attaches metadata to a function. It registers nothing: discover.ts finds marked functions
 * among a module's exports.
 */
import { type CacheOptions, type CachePolicy, checkCache } from "./cache_options.ts";
import { checkEach } from "./cases.ts";
import { type KnownOptions, validateOptions } from "./validate_options.ts";
import {
  checkPolicy,
  POLICY_OPTIONS,
  type PolicyOptions,
  type TaskPolicy,
  type When,
} from "./policy.ts";
import {
  rejectGenerator,
  rejectOptionsAfterFunction,
  rejectOtherMembers,
  rejectSecondMark,
} from "./reject_invalid_task.ts";
import { realm } from "./realm.ts";
import {
  checkDependencies,
  type DeclaredDependencies,
  type DeclaredResources,
} from "./dependencies.ts";
import { checkResources, checkTags } from "./resource.ts";
import type { State, TaskContext } from "./context.ts";
import type {
  AnyFunction,
  CaseOf,
  Cases,
  Dependencies,
  FunctionOf,
  Marked,
  Marker,
  MissingResult,
  NoResources,
  Resources,
  StaticMethodContext,
  Task,
} from "./function_types.ts";

/**
 * Options of a task. The type parameters are inferred from the options' values.
 *
 * @typeParam A The type of `after`.
 * @typeParam C The type of `each`.
 * @typeParam W The type of `when`.
 * @typeParam WithState The type of `withState`.
 * @typeParam U The type of `use`.
 */
export interface MarkOptions<
  A extends Dependencies = Dependencies,
  C extends Cases | undefined = Cases | undefined,
  W extends When = When,
  WithState extends boolean = boolean,
  U extends Resources = Resources,
> extends PolicyOptions<W> {
  /**
   * Creates one task per case: `name.1`, `name.chrome`. The function gets the value of its case
   * before its context. A dependent of `name` depends on all cases.
   */
  readonly each?: C;
  /**
   * The dependencies of the task: marked functions, names, or globs of names such as `"test_*"`, in
   * a list or by key. `task.results` has the same shape. With `each`, it may be a function that
   * returns the dependencies of a case.
   */
  readonly after?: A | ((value: CaseOf<C>) => A);
  /** The resources that the task uses, by the keys that they have in `task.use`. */
  readonly use?: U;
  /** The tags that `--tags` selects by: an array, or `"a,b"`. */
  readonly tags?: readonly string[] | string;
  /** Whether the function takes the shared state as its first argument. */
  readonly withState?: WithState;
  /**
   * Whether the task is cached, or what it reads and writes besides its code, its case and the
   * results of its dependencies: if nothing of that changed, its result, output and files are
   * restored. With `each`, it may be a function of a case. Applies to `tdrun`; not by default.
   */
  readonly cache?: boolean | CacheOptions | ((value: CaseOf<C>) => boolean | CacheOptions);
}

const OPTIONS: KnownOptions<MarkOptions> = {
  after: true,
  use: true,
  tags: true,
  withState: "boolean",
  each: true,
  cache: true,
  ...POLICY_OPTIONS,
};

const CANNOT_MARK = "Cannot mark a task";

/** The metadata of a marked function. */
export interface Mark {
  /** The dependencies; those of each case if they differ. */
  readonly after: DeclaredDependencies | ((value: unknown) => DeclaredDependencies);
  /** The resources that the task uses, by their keys in `task.use`. */
  readonly use: DeclaredResources;
  readonly tags: readonly string[];
  readonly withState: boolean;
  readonly policy: TaskPolicy | undefined;
  readonly each: Cases | undefined;
  /** The declared inputs and outputs if the task is cached; those of each case if they differ. */
  readonly cache: CachePolicy | undefined | ((value: unknown) => CachePolicy | undefined);
  /** Sequence number of the mark in this thread: module namespaces list exports alphabetically. */
  readonly order: number;
}

/**
 * The property that holds the metadata. A registered symbol, since a run may hold two copies of
 * this library (one from JSR, one from a file) that have to recognize each other's marks.
 */
const MARK: unique symbol = Symbol.for("thread-order.task") as never;
/** The property of a record of tasks: see {@linkcode markAll}. */
const GROUP: unique symbol = Symbol.for("thread-order.task-group") as never;
/** The property of a marker that is true until the marker has marked a function. */
const IDLE: unique symbol = Symbol.for("thread-order.idle-marker") as never;

/**
 * Marks a function as a task. The task's name is the name it is exported under.
 *
 * ```ts
 * import { mark } from "@thread-order/cli";
 *
 * export const load = mark((state) => {
 *   state.items = ["a"];
 *   return 10;
 * });
 *
 * export const double = mark({ after: { load }, tags: ["math"] }, async (_state, task) => {
 *   task.log.info("doubling");
 *   return await Promise.resolve(task.results.load * 2);
 * });
 *
 * export class Steps {
 *   @mark({ after: ["double"] })
 *   static report() {}
 * }
 * ```
 *
 * @returns The function itself; or, given options alone, what marks a function with them.
 * @throws {TypeError} when an option is of the wrong kind.
 * @throws {RangeError} when a number or a time is out of bounds.
 */
export function mark<S = State, R = unknown, D extends StaticMethodContext | undefined = undefined>(
  fn: (state: S, task: TaskContext<readonly [], NoResources>) => R,
  context?: D,
): Marked<R, undefined, D>;
/** Creates a marker, also for use as a decorator: `@mark({ after: ["a"] })`. */
export function mark<
  const A extends Dependencies = readonly [],
  const C extends Cases | undefined = undefined,
  W extends When = "passed",
  WithState extends boolean = true,
  U extends Resources = NoResources,
>(
  options?: MarkOptions<A, C, W, WithState, U>,
): Marker<WithState, C, A, MissingResult<W>, U>;
/** Marks a function, with options. */
export function mark<
  const A extends Dependencies = readonly [],
  const C extends Cases | undefined = undefined,
  W extends When = "passed",
  WithState extends boolean = true,
  U extends Resources = NoResources,
  S = State,
  R = unknown,
>(
  options: MarkOptions<A, C, W, WithState, U>,
  fn: FunctionOf<WithState, S, C, A, MissingResult<W>, R, U>,
): Task<R, C>;
export function mark(first?: MarkOptions | AnyFunction, second?: unknown): unknown {
  return applyMark(true, first, second);
}

/**
 * Like {@linkcode mark}, for functions that take no state: they are called with the task's context
 * alone.
 *
 * ```ts
 * import { dmark } from "@thread-order/cli";
 *
 * export const ping = dmark((task) => task.name);
 * ```
 *
 * @throws {TypeError} when an option is of the wrong kind.
 * @throws {RangeError} when a number or a time is out of bounds.
 */
export function dmark<R = unknown, D extends StaticMethodContext | undefined = undefined>(
  fn: (task: TaskContext<readonly [], NoResources>) => R,
  context?: D,
): Marked<R, undefined, D>;
/** Creates a marker with these options. */
export function dmark<
  const A extends Dependencies = readonly [],
  const C extends Cases | undefined = undefined,
  W extends When = "passed",
  WithState extends boolean = false,
  U extends Resources = NoResources,
>(
  options?: MarkOptions<A, C, W, WithState, U>,
): Marker<WithState, C, A, MissingResult<W>, U>;
/** Marks a function, with options. */
export function dmark<
  const A extends Dependencies = readonly [],
  const C extends Cases | undefined = undefined,
  W extends When = "passed",
  WithState extends boolean = false,
  U extends Resources = NoResources,
  S = State,
  R = unknown,
>(
  options: MarkOptions<A, C, W, WithState, U>,
  fn: FunctionOf<WithState, S, C, A, MissingResult<W>, R, U>,
): Task<R, C>;
export function dmark(first?: MarkOptions | AnyFunction, second?: unknown): unknown {
  return applyMark(false, first, second);
}

/**
 * Marks tasks that are created from data, and names them: the task's name is its key, whatever
 * characters it has. The record must be exported, and every thread that imports the module must
 * create the same keys.
 *
 * ```ts
 * import { mark, markAll } from "@thread-order/cli";
 *
 * const packages: Record<string, string[]> = { core: [], app: ["core"] };
 *
 * export const builds = markAll(Object.fromEntries(
 *   Object.entries(packages).map(([name, dependencies]) => [
 *     `build:${name}`,
 *     mark({ after: dependencies.map((it) => `build:${it}`) }, () => name),
 *   ]),
 * ));
 * ```
 *
 * @param tasks Functions by task name; those that are not marked yet are marked without options.
 * @returns The functions by name, so that other tasks can depend on them.
 * @throws {TypeError} when a value is not a function.
 */
export function markAll<const T extends Readonly<Record<string, AnyFunction>>>(tasks: T): T {
  if (typeof tasks !== "object" || tasks === null || Symbol.iterator in tasks) {
    throw new TypeError(
      `Cannot mark ${Deno.inspect(tasks)}: expected an object of functions by task name`,
    );
  }
  const group: Record<string, AnyFunction> = {};
  for (const [name, fn] of Object.entries(tasks)) {
    const isMarked = markOf(fn) !== undefined;
    group[name] = isMarked ? fn : attachMark(fn, {}, true);
  }
  return Object.freeze(Object.defineProperty(group, GROUP, { value: true })) as T;
}

function applyMark(
  withState: boolean,
  first: MarkOptions | AnyFunction | undefined,
  second: unknown,
): unknown {
  if (typeof first === "function") return attachMark(first, {}, withState, second);
  const options = first ?? {};
  if (typeof options !== "object") {
    throw new TypeError(`Cannot mark a ${typeof options}: expected options and a function`);
  }
  if (typeof second === "function") return attachMark(second as AnyFunction, options, withState);
  if (second !== undefined) {
    throw new TypeError(
      `Cannot mark a ${typeof second}: expected a function as the second argument`,
    );
  }
  let isIdle = true;
  const marker = (fn: AnyFunction, context?: unknown) => {
    isIdle = false;
    return attachMark(fn, options, withState, context);
  };
  return Object.defineProperty(marker, IDLE, { get: () => isIdle });
}

function attachMark(
  fn: AnyFunction,
  options: MarkOptions,
  withState: boolean,
  context?: unknown,
): AnyFunction {
  if (typeof fn !== "function") {
    throw new TypeError(`Cannot mark a ${typeof fn}: only a function can be a task`);
  }
  rejectGenerator(fn, CANNOT_MARK);
  rejectOptionsAfterFunction(context);
  rejectOtherMembers(context, { verb: "mark", owner: "an exported class" });
  rejectSecondMark(fn, Object.hasOwn(fn, MARK));
  validateOptions(options, OPTIONS, CANNOT_MARK);
  const metadata: Mark = {
    after: checkAfter(options),
    use: checkResources(options.use, CANNOT_MARK),
    tags: checkTags(options.tags, "tag a task"),
    withState: options.withState ?? withState,
    policy: checkPolicy(options),
    each: checkEach(options.each),
    cache: cacheOf(options),
    order: realm().markCount++,
  };
  Object.defineProperty(fn, MARK, { value: metadata });
  realm().recordMark?.(fn);
  return fn;
}

function checkAfter({ after, each }: MarkOptions): Mark["after"] {
  if (typeof after !== "function") return checkDependencies(after, CANNOT_MARK);
  if (each === undefined) {
    throw new TypeError(`${CANNOT_MARK} after a function: only a task with \`each\` has cases`);
  }
  return (value) => checkDependencies(after(value as never), CANNOT_MARK);
}

function cacheOf(options: MarkOptions): Mark["cache"] {
  const { cache, each, use, when = "passed", permissions } = options;
  if (cache === undefined || cache === false) return undefined;
  if (use !== undefined) {
    throw new TypeError(
      "Cannot cache a task with `use`: what it reads through a resource cannot be compared",
    );
  }
  if (when !== "passed") {
    throw new TypeError(
      `Cannot cache a task with when: "${when}": only the results of passed dependencies are compared`,
    );
  }
  if (permissions !== undefined) {
    throw new TypeError(
      "Cannot cache a task with `permissions`: its process may not read and write the cache",
    );
  }
  if (typeof cache !== "function") return checkCache(cache);
  if (each !== undefined) return (value) => checkCache(cache(value as never));
  throw new TypeError(
    "Cannot cache a task by a function: only a task with `each` has cases; expected true or an object",
  );
}

/** Whether a value is a marker, the result of `mark(options)`, that has marked no function. */
export function isIdleMarker(value: unknown): boolean {
  return typeof value === "function" && (value as { [IDLE]?: boolean })[IDLE] === true;
}

/** Whether a value is a record of tasks by name. */
export function isTaskGroup(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && GROUP in value;
}

/** The metadata of a marked function, or undefined. */
export function markOf(fn: unknown): Mark | undefined {
  return typeof fn === "function" ? (fn as { [MARK]?: Mark })[MARK] : undefined;
}
