/** Types of task functions: with or without the state, with or without cases. */
import type { State, TaskContext } from "./context.ts";

/** A task function of any signature; the metadata determines how it is called. */
// deno-lint-ignore no-explicit-any -- a constraint that every function type must satisfy
export type AnyFunction = (...args: any[]) => unknown;

/** The cases of a task: a list, or values by key. */
export type Cases = readonly unknown[] | Readonly<Record<string, unknown>>;

/** A task that takes the state. */
export type StateTask = (state: State, task: TaskContext) => unknown;
/** A task that takes a state of the user's own type. */
export type OwnStateTask = (state: never, task: TaskContext) => unknown;
/** A task with cases. */
export type CaseTask<V> = (state: State, value: V, task: TaskContext) => unknown;
/** A task with cases that takes a state of the user's own type. */
export type OwnStateCaseTask<V> = (state: never, value: V, task: TaskContext) => unknown;
/** A task with cases that does not take the state. */
export type PlainCaseTask<V> = (value: V, task: TaskContext) => unknown;
/** The type of the cases' values. */
export type CaseOf<C> = C extends readonly (infer V)[] ? V : C[keyof C];
/** A task that does not take the state. */
export type PlainTask = (task: TaskContext) => unknown;
/** The context of a method decorator that creates a task: a public static method. */
export interface StaticMethodContext {
  /** Only methods can be tasks. */
  readonly kind: "method";
  /** Only static methods can be tasks. */
  readonly static: true;
  /** Methods named `#hidden` cannot be tasks. */
  readonly private: false;
  /** The name of the method. */
  readonly name: string | symbol;
  /** Registers code that runs when the class is defined, with the class as `this`. */
  addInitializer(initializer: (this: unknown) => void): void;
}
/** Turns a function or a static method into a task. */
export interface Marker<
  Written extends AnyFunction = AnyFunction,
  Own extends AnyFunction = Written,
> {
  /** Marks a function with inferred parameter types. */
  <F extends Written>(fn: F, context?: StaticMethodContext): F;
  /** Marks a function whose state has a type of the user's own. */
  <F extends Own>(fn: F, context?: StaticMethodContext): F;
}

/**
 * Resolves to `unknown` if the options' type leaves `withState` or `each` undecided until run time,
 * else to `never`, which no options satisfy.
 */
export type Undecided<O> = boolean extends O[keyof O & "withState"] ? unknown
  : undefined extends O[keyof O & "each"] ? unknown
  : never;
/**
 * The marker for options whose `withState` is of type `W` and whose `each` is of type `C`; if these
 * are undecided until run time, a marker of any function.
 */
export type MarkerOf<W, C = undefined> = boolean extends W ? Marker
  : Cases extends C ? Marker
  : [W, C] extends [true, Cases] ? Marker<CaseTask<CaseOf<C>>, OwnStateCaseTask<CaseOf<C>>>
  : [W, C] extends [false, Cases] ? Marker<PlainCaseTask<CaseOf<C>>>
  : W extends true ? Marker<StateTask, OwnStateTask>
  : Marker<PlainTask>;
