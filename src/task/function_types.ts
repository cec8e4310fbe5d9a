/** What functions may be tasks, as types: with the state or without, of one case or several. */
import type { State, TaskContext } from "./context.ts";

/** A function that may be a task: any, since the metadata says how it is called. */
// deno-lint-ignore no-explicit-any -- a constraint that every function type must satisfy
export type AnyFunction = (...args: any[]) => unknown;

/** The cases of a task: a list, or values by name. */
export type Cases = readonly unknown[] | Readonly<Record<string, unknown>>;

/** A task that takes the state, as it is written. */
export type StateTask = (state: State, task: TaskContext) => unknown;
/** A task whose state has a type of the user's own. */
export type OwnStateTask = (state: never, task: TaskContext) => unknown;
/** A task of several cases, as it is written. */
export type CaseTask<V> = (state: State, value: V, task: TaskContext) => unknown;
/** A task of several cases whose state has a type of the user's own. */
export type OwnStateCaseTask<V> = (state: never, value: V, task: TaskContext) => unknown;
/** A task of several cases that takes no state. */
export type PlainCaseTask<V> = (value: V, task: TaskContext) => unknown;
/** The values of cases. */
export type CaseOf<C> = C extends readonly (infer V)[] ? V : C[keyof C];
/** A task that takes no state. */
export type PlainTask = (task: TaskContext) => unknown;
/** What a decorator is given that makes a task: it stands above a static method that others may call. */
export interface StaticMethodContext {
  /** It is a method, */
  readonly kind: "method";
  /** of the class itself, */
  readonly static: true;
  /** and not `#hidden`. */
  readonly private: false;
  /** What it is called. */
  readonly name: string | symbol;
  /** Has code run when the class is there, as `this`. */
  addInitializer(initializer: (this: unknown) => void): void;
}
/** Turns a function, or a static method, into a task. */
export interface Marker<
  Written extends AnyFunction = AnyFunction,
  Own extends AnyFunction = Written,
> {
  /** A function as it is written: what it is given is known. */
  <F extends Written>(fn: F, context?: StaticMethodContext): F;
  /** One whose state has a type of the user's own. */
  <F extends Own>(fn: F, context?: StaticMethodContext): F;
}

/**
 * Where only a run shows what options of this type say of a function's arguments: nothing more than they are.
 * For all others never, which no options are.
 */
export type Undecided<O> = boolean extends O[keyof O & "withState"] ? unknown
  : undefined extends O[keyof O & "each"] ? unknown
  : never;
/**
 * What marks functions, given options whose `withState` is of type `W` and whose `each` is of type `C`: where
 * only a run shows what they are, any function.
 */
export type MarkerOf<W, C = undefined> = boolean extends W ? Marker
  : Cases extends C ? Marker
  : [W, C] extends [true, Cases] ? Marker<CaseTask<CaseOf<C>>, OwnStateCaseTask<CaseOf<C>>>
  : [W, C] extends [false, Cases] ? Marker<PlainCaseTask<CaseOf<C>>>
  : W extends true ? Marker<StateTask, OwnStateTask>
  : Marker<PlainTask>;
