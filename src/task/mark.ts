/**
 * `mark` hangs metadata on a function. It registers nothing: whoever imports the module looks for
 * marked functions among its exports (discover.ts).
 */
import type { State, TaskContext } from "./context.ts";
import { refuseGenerator } from "./generator.ts";
import { type KnownOptions, refuseUnknown } from "./known_options.ts";
import { checkPolicy, POLICY_OPTIONS, type PolicyOptions, type TaskPolicy } from "./policy.ts";
import { realm } from "./realm.ts";

/** A function that may be a task: any, since the metadata says how it is called. */
// deno-lint-ignore no-explicit-any -- a constraint that every function type must satisfy
export type AnyFunction = (...args: any[]) => unknown;

/** The cases of a task: a list, or values by name. */
export type Cases = readonly unknown[] | Readonly<Record<string, unknown>>;

/** What may be said of a task. */
export interface MarkOptions extends PolicyOptions {
  /** The tasks it comes after: names, wherever they stand, or marked functions that stand above. */
  readonly after?: readonly (string | AnyFunction)[];
  /** What `--tags` selects by: an array, or `"a,b"`. */
  readonly tags?: readonly string[] | string;
  /** Whether the function takes the shared state as its first argument. */
  readonly withState?: boolean;
  /**
   * Makes a task for each case: `name.1`, `name.chrome`. The function gets the value of its case before its
   * context. Whoever comes after `name` comes after all of them.
   */
  readonly each?: Cases;
}

const OPTIONS: KnownOptions<MarkOptions> = {
  ...{ after: true, tags: true, withState: true, each: true },
  ...POLICY_OPTIONS,
};

/** What hangs on a marked function. */
export interface Mark {
  readonly after: readonly (string | AnyFunction)[];
  readonly tags: readonly string[];
  readonly withState: boolean;
  readonly policy: TaskPolicy | undefined;
  readonly each: Cases | undefined;
  /** Counts marks in this thread: module namespaces list exports alphabetically. */
  readonly order: number;
}

/**
 * Where the metadata hangs. A registered symbol, since a run may hold two copies of this library (one
 * from JSR, one from a file) and they must understand each other.
 */
const MARK: unique symbol = Symbol.for("thread-order.task") as never;

/** A task that takes the state, as it is written. */
export type StateTask = (state: State, task: TaskContext) => unknown;
/** A task of several cases, as it is written. */
export type CaseTask<V, S = State> = (state: S, value: V, task: TaskContext) => unknown;
/** The values of cases. */
export type CaseOf<C> = C extends readonly (infer V)[] ? V : C[keyof C];
/** A task that takes no state. */
export type PlainTask = (task: TaskContext) => unknown;
/** Turns a function, or a static method, into a task. */
export type Marker = <F extends AnyFunction>(fn: F, context?: DecoratorContext) => F;

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
 */
export function mark<F extends StateTask>(fn: F): F;
/** The plain decorator form, `@mark`, on a static method. */
export function mark<F extends AnyFunction>(fn: F, context: DecoratorContext): F;
/** Marks a function that takes no state. */
export function mark<F extends PlainTask>(
  options: MarkOptions & { withState: false; each?: never },
  fn: F,
): F;
/** Marks a function that takes no state, and runs once for each case. */
export function mark<const C extends Cases>(
  options: MarkOptions & { withState: false; each: C },
  fn: (value: CaseOf<C>, task: TaskContext) => unknown,
): typeof fn;
/** Marks a function that runs once for each case. */
export function mark<const C extends Cases, S extends object = State>(
  options: MarkOptions & { each: C; withState?: true },
  fn: CaseTask<CaseOf<C>, S>,
): typeof fn;
/** Marks a function, with options. */
export function mark<F extends StateTask>(options: MarkOptions & { each?: never }, fn: F): F;
/** Marks a function whose state has a type of the user's own. */
export function mark<S extends object>(
  options: MarkOptions,
  fn: (state: S, task: TaskContext) => unknown,
): typeof fn;
/** Marks a function whose state has a type of the user's own. */
export function mark<S extends object>(
  fn: (state: S, task: TaskContext) => unknown,
): typeof fn;
/** What marks a function with these options, also as a decorator: `@mark({ after: ["a"] })`. */
export function mark(options?: MarkOptions): Marker;
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
 */
export function dmark<F extends PlainTask>(fn: F): F;
/** The plain decorator form, `@dmark`, on a static method. */
export function dmark<F extends AnyFunction>(fn: F, context: DecoratorContext): F;
/** Marks a function that takes no state, and runs once for each case. */
export function dmark<const C extends Cases>(
  options: MarkOptions & { each: C },
  fn: (value: CaseOf<C>, task: TaskContext) => unknown,
): typeof fn;
/** Marks a function that takes no state, with options. */
export function dmark<F extends PlainTask>(options: MarkOptions & { each?: never }, fn: F): F;
/** What marks a function with these options. */
export function dmark(options?: MarkOptions): Marker;
export function dmark(first?: MarkOptions | AnyFunction, second?: unknown): unknown {
  return applyMark(false, first, second);
}

function applyMark(
  withState: boolean,
  first: MarkOptions | AnyFunction | undefined,
  second: unknown,
): unknown {
  if (typeof first === "function") return hang(first, {}, withState, second);
  const options = first ?? {};
  if (typeof options !== "object") {
    throw new TypeError(`Cannot mark a ${typeof options}: mark takes options and a function`);
  }
  if (typeof second === "function") return hang(second as AnyFunction, options, withState);
  if (second !== undefined) {
    throw new TypeError(`Cannot mark a ${typeof second}: mark's second argument is a function`);
  }
  return (fn: AnyFunction, context?: unknown) => hang(fn, options, withState, context);
}

function hang(
  fn: AnyFunction,
  options: MarkOptions,
  withState: boolean,
  context?: unknown,
): AnyFunction {
  if (typeof fn !== "function") {
    throw new TypeError(`Cannot mark a ${typeof fn}: only a function can be a task`);
  }
  refuseGenerator(fn, "Cannot mark a task");
  refuseOtherMembers(context);
  refuseSecondMark(fn);
  refuseUnknown(options, OPTIONS, "Cannot mark a task");
  const metadata: Mark = {
    after: checkAfter(options.after),
    tags: checkTags(options.tags),
    withState: options.withState ?? withState,
    policy: checkPolicy(options),
    each: checkEach(options.each),
    order: realm().marks++,
  };
  Object.defineProperty(fn, MARK, { value: metadata });
  return fn;
}

/** A function is one task: marked again, it would take the place of the first without a word. */
function refuseSecondMark(fn: AnyFunction): void {
  if (!Object.hasOwn(fn, MARK)) return;
  const name = fn.name || "an anonymous function";
  throw new TypeError(
    `Cannot mark ${name} again: a function is one task; for another, wrap it: ` +
      `mark((...args) => ${fn.name || "fn"}(...args)), or use \`each\``,
  );
}

/** What stands behind the function is what decorators are given, or a slip: no options. */
function refuseOtherMembers(context: unknown): void {
  if (context === null || typeof context !== "object") return;
  const member = context as Partial<ClassMethodDecoratorContext>;
  const { kind, static: isStatic, private: isPrivate, name } = member;
  if (kind === undefined) {
    throw new TypeError(
      "Cannot mark a task with options behind the function: it is mark(options, fn)",
    );
  }
  if (kind !== "method" || !isStatic || isPrivate || typeof name === "symbol") {
    throw new TypeError(
      `Cannot mark ${String(name)}: @mark works on static methods of an exported class`,
    );
  }
}

function checkAfter(after: MarkOptions["after"]): Mark["after"] {
  if (after === undefined) return [];
  if (!Array.isArray(after)) {
    throw new TypeError(`Cannot mark a task after ${Deno.inspect(after)}: "after" is an array`);
  }
  for (const item of after) {
    if (typeof item !== "string" && typeof item !== "function") {
      throw new TypeError(
        `Cannot mark a task after ${Deno.inspect(item)}: "after" holds names or marked functions`,
      );
    }
  }
  return [...new Set<string | AnyFunction>(after)];
}

function checkTags(tags: MarkOptions["tags"]): readonly string[] {
  if (tags === undefined) return [];
  const list = typeof tags === "string" ? tags.split(",") : tags;
  if (!Array.isArray(list) || list.some((tag) => typeof tag !== "string")) {
    throw new TypeError(`Cannot tag a task ${Deno.inspect(tags)}: "tags" is an array of strings`);
  }
  return [...new Set(list.map((tag) => tag.trim()).filter((tag) => tag !== ""))];
}

function checkEach(each: MarkOptions["each"]): Cases | undefined {
  if (each === undefined) return undefined;
  if (each !== null && typeof each === "object") return each;
  throw new TypeError(
    `Cannot mark a task for each ${Deno.inspect(each)}: "each" is an array or an object`,
  );
}

/** The metadata of a marked function, or undefined. */
export function markOf(fn: unknown): Mark | undefined {
  return typeof fn === "function" ? (fn as { [MARK]?: Mark })[MARK] : undefined;
}
