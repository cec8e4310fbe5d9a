/**
 * `mark` attaches metadata to a function. It registers nothing: discover.ts finds marked functions
 * among a module's exports.
 */
import { checkEach } from "./cases.ts";
import { type KnownOptions, validateOptions } from "./validate_options.ts";
import { checkPolicy, POLICY_OPTIONS, type PolicyOptions, type TaskPolicy } from "./policy.ts";
import {
  rejectGenerator,
  rejectOptionsAfterFunction,
  rejectOtherMembers,
  rejectSecondMark,
} from "./reject_invalid_task.ts";
import { realm } from "./realm.ts";
import type {
  AnyFunction,
  CaseOf,
  Cases,
  CaseTask,
  MarkerOf,
  OwnStateCaseTask,
  OwnStateTask,
  PlainCaseTask,
  PlainTask,
  StateTask,
  StaticMethodContext,
  Undecided,
} from "./function_types.ts";

/** Options of a task. */
export interface MarkOptions extends PolicyOptions {
  /** The dependencies of the task: names of any tasks, or functions marked earlier. */
  readonly after?: readonly (string | AnyFunction)[];
  /** The tags that `--tags` selects by: an array, or `"a,b"`. */
  readonly tags?: readonly string[] | string;
  /** Whether the function takes the shared state as its first argument. */
  readonly withState?: boolean;
  /**
   * Creates one task per case: `name.1`, `name.chrome`. The function gets the value of its case
   * before its context. A dependent of `name` depends on all cases.
   */
  readonly each?: Cases;
}

const OPTIONS: KnownOptions<MarkOptions> = {
  after: true,
  tags: true,
  withState: "boolean",
  each: true,
  ...POLICY_OPTIONS,
};

/** The metadata of a marked function. */
export interface Mark {
  readonly after: readonly (string | AnyFunction)[];
  readonly tags: readonly string[];
  readonly withState: boolean;
  readonly policy: TaskPolicy | undefined;
  readonly each: Cases | undefined;
  /** Sequence number of the mark in this thread: module namespaces list exports alphabetically. */
  readonly order: number;
}

/**
 * The property that holds the metadata. A registered symbol, since a run may hold two copies of
 * this library (one from JSR, one from a file) that have to recognise each other's marks.
 */
const MARK: unique symbol = Symbol.for("thread-order.task") as never;
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
 * export const double = mark({ after: [load], tags: ["math"] }, async (state, task) => {
 *   task.log.info("doubling");
 *   return await Promise.resolve(state.results.load * 2);
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
export function mark<F extends StateTask>(fn: F, context?: StaticMethodContext): F;
/** Marks a function whose state has a type of the user's own. */
export function mark<F extends OwnStateTask>(fn: F, context?: StaticMethodContext): F;
/** Creates a marker, also for use as a decorator: `@mark({ after: ["a"] })`. */
export function mark<W extends boolean = true, const C extends Cases | undefined = undefined>(
  options?: MarkOptions & { withState?: W; each?: C },
): MarkerOf<W, C>;
/** Marks a function that takes no state. */
export function mark<F extends PlainTask>(
  options: MarkOptions & { withState: false; each?: never },
  fn: F,
): F;
/** Marks a function that runs once for each case. */
export function mark<const C extends Cases, F extends CaseTask<CaseOf<C>>>(
  options: MarkOptions & { each: C; withState?: true },
  fn: F,
): F;
/** Marks a function that runs once for each case, and whose state has a type of the user's own. */
export function mark<const C extends Cases, F extends OwnStateCaseTask<CaseOf<C>>>(
  options: MarkOptions & { each: C; withState?: true },
  fn: F,
): F;
/** Marks a function that runs once for each case, and takes no state. */
export function mark<const C extends Cases, F extends PlainCaseTask<CaseOf<C>>>(
  options: MarkOptions & { each: C; withState: false },
  fn: F,
): F;
/** Marks a function, with options whose type does not determine the function's parameters. */
export function mark<O extends MarkOptions, F extends AnyFunction>(
  options: O & Undecided<O>,
  fn: F,
): F;
/** Marks a function, with options. */
export function mark<F extends StateTask>(
  options: MarkOptions & { each?: never; withState?: true },
  fn: F,
): F;
/** Marks a function whose state has a type of the user's own, with options. */
export function mark<F extends OwnStateTask>(
  options: MarkOptions & { each?: never; withState?: true },
  fn: F,
): F;
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
export function dmark<F extends PlainTask>(fn: F, context?: StaticMethodContext): F;
/** Creates a marker with these options. */
export function dmark<W extends boolean = false, const C extends Cases | undefined = undefined>(
  options?: MarkOptions & { withState?: W; each?: C },
): MarkerOf<W, C>;
/** Marks a function that takes no state, and runs once for each case. */
export function dmark<const C extends Cases, F extends PlainCaseTask<CaseOf<C>>>(
  options: MarkOptions & { each: C; withState?: false },
  fn: F,
): F;
/** Marks a function, with options whose type does not determine the function's parameters. */
export function dmark<O extends MarkOptions, F extends AnyFunction>(
  options: O & Undecided<O>,
  fn: F,
): F;
/** Marks a function that takes no state, with options. */
export function dmark<F extends PlainTask>(
  options: MarkOptions & { each?: never; withState?: false },
  fn: F,
): F;
export function dmark(first?: MarkOptions | AnyFunction, second?: unknown): unknown {
  return applyMark(false, first, second);
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
  rejectGenerator(fn, "Cannot mark a task");
  rejectOptionsAfterFunction(context);
  rejectOtherMembers(context, { verb: "mark", owner: "an exported class" });
  rejectSecondMark(fn, Object.hasOwn(fn, MARK));
  validateOptions(options, OPTIONS, "Cannot mark a task");
  const metadata: Mark = {
    after: checkAfter(options.after),
    tags: checkTags(options.tags),
    withState: options.withState ?? withState,
    policy: checkPolicy(options),
    each: checkEach(options.each),
    order: realm().markCount++,
  };
  Object.defineProperty(fn, MARK, { value: metadata });
  realm().recordMark?.(fn);
  return fn;
}

function checkAfter(after: MarkOptions["after"]): Mark["after"] {
  if (after === undefined) return [];
  if (!Array.isArray(after)) {
    throw new TypeError(`Cannot mark a task after ${Deno.inspect(after)}: expected an array`);
  }
  for (const item of after) {
    if (typeof item !== "string" && typeof item !== "function") {
      throw new TypeError(
        `Cannot mark a task after ${Deno.inspect(item)}: expected names or marked functions`,
      );
    }
  }
  return [...new Set<string | AnyFunction>(after)];
}

function checkTags(tags: MarkOptions["tags"]): readonly string[] {
  if (tags === undefined) return [];
  const list = typeof tags === "string" ? tags.split(",") : tags;
  if (!Array.isArray(list) || list.some((tag) => typeof tag !== "string")) {
    throw new TypeError(`Cannot tag a task ${Deno.inspect(tags)}: expected an array of strings`);
  }
  return [...new Set(list.map((tag) => tag.trim()).filter((tag) => tag !== ""))];
}

/** Whether a value is a marker, the result of `mark(options)`, that has marked no function. */
export function isIdleMarker(value: unknown): boolean {
  return typeof value === "function" && (value as { [IDLE]?: boolean })[IDLE] === true;
}

/** The metadata of a marked function, or undefined. */
export function markOf(fn: unknown): Mark | undefined {
  return typeof fn === "function" ? (fn as { [MARK]?: Mark })[MARK] : undefined;
}
