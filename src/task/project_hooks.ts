/**
 * The hooks of a project: those of its modules, called in the order of the modules; the ones that
 * tear down, in reverse order. A hook that several modules export is called once.
 */
import { UsageError } from "../base/errors.ts";
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

/** Calls all hooks, even if one throws; then throws the first error. */
function ifAny(name: HookName, hooks: readonly PrefixedHook[]): ModuleHooks {
  if (hooks.length === 0) return {};
  const isTearDown = name.startsWith("teardown");
  const callAll = async (state: State) => {
    const errors: unknown[] = [];
    for (const { call } of hooks) {
      try {
        await call(state);
      } catch (error) {
        if (!isTearDown) throw error;
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors[0];
  };
  return { [name]: callAll };
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
  const begin = (prefix: string) => current = prefix;
  const end = () => {
    current = undefined;
    if (clash !== undefined) throw new UsageError(`Cannot set up the state: ${clash}`);
  };
  // A thread reads the state synchronously, so a synchronous hook must stay one.
  const setupState: StateHook = hooks.some(({ call }) => isAsync(call))
    ? async (state) => {
      for (const { prefix, call } of hooks) {
        begin(prefix);
        await call(state);
      }
      end();
    }
    : (state) => {
      const results = hooks.map(({ prefix, call }) => {
        begin(prefix);
        return call(state);
      });
      // A function that returns a promise without being async: its writes have no owner.
      const pending = results.filter((it) => it instanceof Promise);
      return pending.length > 0 ? Promise.all(pending).then(end) : end();
    };
  return { setupState, noteKey };
}

function label(prefix: string): string {
  return `"${onOneLine(prefix.slice(0, -"::".length))}"`;
}

function isAsync(fn: StateHook): boolean {
  return Object.prototype.toString.call(fn) === "[object AsyncFunction]";
}
