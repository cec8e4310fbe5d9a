/**
 * The hooks of a project: those of its modules, called in the order of the modules; the ones that
 * tear down, in reverse order. A hook that several modules export is called once.
 */
import { UsageError } from "../base/errors.ts";
import { isThenable } from "../base/is_instance.ts";
import { onOneLine } from "../base/text_format.ts";
import type { State } from "./context.ts";
import { type Namespace, projectPrefixes } from "./exported_tasks.ts";
import { findHooks, type HookName, type ModuleHooks } from "./hooks.ts";

/** The hooks of one module. */
interface PrefixedHooks {
  /** The prefix of the module: `users::`. */
  readonly prefix: string;
  readonly hooks: ModuleHooks;
}

/** The hooks of a project. */
export interface ProjectHooks extends ModuleHooks {
  /** Notes a key of the state that is written during `setupState`, to detect clashes. */
  readonly noteKey?: (key: string) => void;
}

type StateHook = (state: State) => unknown;

/**
 * Finds the hooks of a module, or those of all modules of a project.
 *
 * @throws {UsageError} when an export with a hook's name is not a function.
 */
export function findProjectHooks(namespace: Namespace): ProjectHooks {
  const prefixes = projectPrefixes(namespace);
  if (prefixes.length === 0) return findHooks(namespace);
  return combineHooks(
    prefixes.map((prefix) => ({ prefix, hooks: findHooks(namespace[prefix] as Namespace) })),
  );
}

/** Combines the hooks of modules. A hook that no module has is absent. */
function combineHooks(parts: readonly PrefixedHooks[]): ProjectHooks {
  const of = <Name extends HookName>(name: Name) =>
    parts.filter(({ hooks }, i) =>
      hooks[name] !== undefined && parts.findIndex((it) => it.hooks[name] === hooks[name]) === i
    ).map(({ prefix, hooks }) => ({ prefix, call: hooks[name]! }));
  const setUps = of("setupState");
  const highlights = of("addLoggingHighlights");
  return {
    ...(setUps.length > 0 && combineSetUps(setUps)),
    ...ifAny("setupWorker", of("setupWorker")),
    ...ifAny("teardownWorker", of("teardownWorker").toReversed()),
    ...ifAny("teardownState", of("teardownState").toReversed()),
    ...(highlights.length > 0 && {
      addLoggingHighlights: async () =>
        (await Promise.all(highlights.map(({ call }) => call()))).flat(1),
    }),
  };
}

/** The hook of a module. */
interface PrefixedHook {
  readonly prefix: string;
  readonly call: StateHook;
}

/** Combines hooks into one. A tear-down calls all of them, even if some throw. */
function ifAny(name: HookName, hooks: readonly PrefixedHook[]): ModuleHooks {
  if (hooks.length === 0) return {};
  const isTearDown = name.startsWith("teardown");
  const callAll = async (state: State) => {
    const failures: HookFailureOfModule[] = [];
    for (const { prefix, call } of hooks) {
      try {
        await call(state);
      } catch (error) {
        if (!isTearDown) throw error;
        failures.push({ prefix, error });
      }
    }
    if (failures.length > 0) throw joinFailures(name, failures);
  };
  return { [name]: callAll };
}

/** An error that the hook of a module has thrown. */
interface HookFailureOfModule {
  readonly prefix: string;
  readonly error: unknown;
}

/** Returns the one error as it was thrown, or one that has all errors, with their modules. */
function joinFailures(name: HookName, failures: readonly HookFailureOfModule[]): unknown {
  if (failures.length === 1) return failures[0]!.error;
  return new AggregateError(
    failures.map(({ prefix, error }) => new Error(`${name} of ${label(prefix)}`, { cause: error })),
    `the hooks of ${failures.map(({ prefix }) => label(prefix)).join(", ")} failed`,
  );
}

function combineSetUps(hooks: readonly PrefixedHook[]): ProjectHooks {
  let current: string | undefined;
  let clash: string | undefined;
  const owners = new Map<string, string>();
  const noteKey = (key: string) => {
    if (current === undefined) return;
    const owner = owners.getOrInsert(key, current);
    if (owner !== current) {
      clash ??= `setupState of both ${label(owner)} and ${label(current)} sets state.${
        onOneLine(key)
      }`;
    }
  };
  const end = (): undefined => {
    current = undefined;
    if (clash !== undefined) throw new UsageError(`Cannot set up the state: ${clash}`);
  };
  const callFrom = (first: number, state: State): unknown => {
    for (let i = first; i < hooks.length; i++) {
      const { prefix, call } = hooks[i]!;
      current = prefix;
      const returned = call(state);
      // Until the promise settles, the hook writes: the next one has to wait.
      if (isThenable(returned)) return Promise.resolve(returned).then(() => callFrom(i + 1, state));
    }
    return end();
  };
  // A thread reads the state synchronously, so synchronous hooks have no promise. It recognizes
  // asynchronous ones by the function, before the call.
  const setupState: StateHook = hooks.some(({ call }) => isAsync(call))
    ? async (state) => await callFrom(0, state)
    : (state) => callFrom(0, state);
  return { setupState, noteKey };
}

function label(prefix: string): string {
  return `"${onOneLine(prefix.slice(0, -"::".length))}"`;
}

function isAsync(fn: StateHook): boolean {
  return Object.prototype.toString.call(fn) === "[object AsyncFunction]";
}
