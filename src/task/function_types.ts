/**
 * Types of task functions: with or without the state, with or without cases, with the results of
 * their dependencies.
 */
import type { State, TaskContext } from "./context.ts";

/** A task function of any signature; the metadata determines how it is called. */
// deno-lint-ignore no-explicit-any -- a constraint that every function type must satisfy
export type AnyFunction = (...args: any[]) => unknown;

/** The cases of a task: a list, or values by key. */
export type Cases = readonly unknown[] | Readonly<Record<string, unknown>>;

/** The type of the cases' values. */
export type CaseOf<C> = C extends readonly (infer V)[] ? V : C[keyof C];

/**
 * A function that is a task. Its type has what dependents need, and not its parameters: types that
 * contain those of their dependencies would grow with the depth of the graph.
 *
 * @typeParam R What the function returns.
 * @typeParam C The type of its cases; `undefined` without cases.
 */
// deno-lint-ignore no-explicit-any -- see above
export type Task<R = unknown, C = undefined> = ((...args: any[]) => R) & {
  /** Carries the type of the cases to dependents; there is no such property at run time. */
  readonly "~cases"?: { readonly type: C };
};

/** A dependency: a task's name, a glob of names such as `"test_*"`, or a task's function. */
export type Dependency = string | AnyFunction;

/** The dependencies of a task: a list, or by the keys that they have in `task.results`. */
export type Dependencies = readonly Dependency[] | Readonly<Record<string, Dependency>>;

/**
 * The results of dependencies, in the shape of the option `after`: of a list a tuple, of an object
 * a record. A name has the type `unknown`, since only a function carries its type.
 *
 * @typeParam A The type of `after`.
 * @typeParam M The type of a missing result; `never` if there is always one.
 */
export type ResultsOf<A, M = never> = Dependencies extends A ? unknown
  : A extends (...args: never[]) => infer L ? ResultsOf<L, M>
  : { readonly [K in keyof A]: ResultOf<A[K], M> };

/**
 * The result of a dependency: what its function returns. A task with cases has a list or a record
 * of results, as its `each`.
 */
export type ResultOf<T, M = never> = T extends string ? unknown
  // deno-lint-ignore no-explicit-any -- any function matches
  : T extends (...args: any[]) => infer R
    ? T extends { readonly "~cases"?: { readonly type: infer C } }
      ? CaseResultsOf<C, Awaited<R> | M>
    : Awaited<R> | M
  : never;

/** The results `R` of a task with cases of the type `C`; `R` itself without cases. */
export type CaseResultsOf<C, R> = [C] extends [undefined] ? R
  : Cases extends C ? unknown
  : { readonly [K in keyof C]: R };

/**
 * The results of all tasks that a module exports, by name: the second type parameter of
 * {@linkcode State}.
 *
 * ```ts
 * import { mark, type Results, type State } from "@thread-order/cli";
 *
 * const etl = { load: mark(() => [1, 2, 3]) };
 * // In a module of its own: Results<typeof import("./etl.ts")>
 * type EtlState = State<{ region: string }, Results<typeof etl>>;
 * export const sum = mark((state: EtlState) => state.results.load.length);
 * ```
 */
export type Results<Module> = {
  readonly [K in keyof Module as Module[K] extends AnyFunction ? K : never]: NamedResultOf<
    Module[K]
  >;
};

/** The result of a task in `state.results`: the results of cases are by name. */
export type NamedResultOf<T> = T extends Task<unknown, infer C>
  ? C extends readonly (infer V)[]
    ? ResultOf<T> extends readonly (infer R)[] ? Readonly<Record<CaseNameOf<V>, R>> : ResultOf<T>
  : ResultOf<T>
  : ResultOf<T>;

/** The name of a case in a list: the value, or the index of a value that is no name. */
export type CaseNameOf<V> = V extends string | number | boolean ? `${V}` : string;

/**
 * The type of a result that is missing.
 *
 * @typeParam W The type of the condition `when`.
 * @typeParam SkipsDependents Whether tasks are skipped if a dependency did not pass: there are no
 * missing results then, unless the task runs after failures.
 */
export type MissingResult<W, SkipsDependents = true> = [SkipsDependents] extends [true]
  ? W extends "passed" ? never : undefined
  : undefined;

/**
 * A task function.
 *
 * @typeParam WithState Whether it takes the state; `boolean` if that is undecided until run time.
 * @typeParam S The type of the state.
 * @typeParam C The type of the cases; `undefined` without cases.
 * @typeParam A The type of its dependencies.
 * @typeParam M The type of a missing result.
 * @typeParam R What it returns.
 * @typeParam U The type of the resources that it uses.
 */
export type FunctionOf<WithState, S, C, A, M, R, U = NoResources> = boolean extends WithState
  // deno-lint-ignore no-explicit-any -- options undecided until run time allow any function
  ? (...args: any[]) => R
  // deno-lint-ignore no-explicit-any -- as above
  : Cases extends C ? (...args: any[]) => R
  : [C] extends [undefined] ? WithState extends true ? (state: S, task: ContextOf<A, M, U>) => R
    : (task: ContextOf<A, M, U>) => R
  : WithState extends true ? (state: S, value: CaseOf<C>, task: ContextOf<A, M, U>) => R
  : (value: CaseOf<C>, task: ContextOf<A, M, U>) => R;

/** The context of a task with dependencies of the type `A` that uses resources of the type `U`. */
export type ContextOf<A, M = never, U = NoResources> = TaskContext<ResultsOf<A, M>, ValuesOf<U>>;

/**
 * A resource: what `resource` returns, for the option `use`.
 *
 * @typeParam V The type of its value.
 */
export interface Resource<V = unknown> {
  /** Carries the type of the value to users; there is no such property at run time. */
  readonly "~value"?: { readonly type: V };
  /** Distinguishes a resource from other objects. */
  readonly [Symbol.toStringTag]: "Resource";
}

/** The type of the option `use` of a task that uses no resources. */
export type NoResources = Readonly<Record<never, never>>;

/** The resources of a task, by their keys in `task.use`. */
export type Resources = Readonly<Record<string, Resource>>;

/** The values of resources, by key: the type of `task.use`. */
export type ValuesOf<U> = {
  readonly [K in keyof U]: U[K] extends Resource<infer V> ? V : never;
};

/**
 * The value of a resource, by what its function returns: the property `value` of an object that has
 * one; nothing for an object that can only be disposed of; otherwise what it returns.
 */
export type ValueOf<R> = Awaited<R> extends { readonly value: infer V } ? V
  : Awaited<R> extends Disposable | AsyncDisposable ? undefined
  : Awaited<R>;

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

/** Turns a static method, as a decorator, or a function into a task. */
export interface Marker<
  WithState extends boolean = boolean,
  C = Cases | undefined,
  A = Dependencies,
  M = undefined,
  U = Resources,
> {
  /** Marks a function, or as a decorator a static method. */
  <S = State, R = unknown, D extends StaticMethodContext | undefined = undefined>(
    fn: FunctionOf<WithState, S, C, A, M, R, U>,
    context?: D,
  ): Marked<R, C, D>;
}

/** The result of a mark: the task, or nothing for a decorator, which keeps the method. */
export type Marked<R, C, D> = D extends StaticMethodContext ? void : Task<R, C>;
