/**
 * `Deno.exit()`, `process.exit()` and `self.close()` end a worker without any event: the run would
 * wait for ever, or end green. While a task runs they throw instead, and the task fails, even if it
 * catches what they throw. `process.exit` goes through `Deno.exit`, so that one is enough.
 */

/** What was called, to say so where `Deno.exit` is replaced: `Deno.exit(3)`, or Node's `process.exit(3)`. */
export function exitCall(code: number | undefined): string {
  const isOfNode = /^ +at process\.exit \(node:/m.test(new Error().stack ?? "");
  return `${isOfNode ? "process" : "Deno"}.exit(${code ?? ""})`;
}

/** A task tried to end the process or its thread. */
export class ExitError extends Error {
  override name = "ExitError";
}

/** Hears that something called an exit function: `Deno.exit(3)`. Says whether to forbid it. */
export type ExitHandler = (error: ExitError) => boolean;

/** What stands in place of the exit functions of this thread. */
interface Guard {
  /** Who is asked, the last first. */
  readonly handlers: ExitHandler[];
  remove(): void;
}

/** Under which the function in place of `Deno.exit` has its guard. */
const GUARD = Symbol("exit guard");

/**
 * Puts the guard up in this thread. Inline runs may overlap, and end in any order: who comes while it is
 * up joins it, so that a server in which one is always going on has one, not each on top of all before.
 *
 * @param onExit Asked at each attempt; where all say false, the real function is called.
 * @returns What takes the guard down again.
 */
export function guardExit(onExit: ExitHandler): () => void {
  const { handlers, remove } = (Deno.exit as { [GUARD]?: Guard })[GUARD] ?? install();
  handlers.push(onExit);
  return () => {
    handlers.splice(handlers.lastIndexOf(onExit), 1);
    if (handlers.length === 0) remove();
  };
}

function install(): Guard {
  const scope = globalThis as { close?: () => void };
  const { exit } = Deno;
  const { close } = scope;
  const handlers: ExitHandler[] = [];
  const forbid = (call: string): void => {
    const error = new ExitError(`${call} was called: tasks and hooks end by returning`);
    if (handlers.toReversed().some((onExit) => onExit(error))) throw error;
  };
  const guardedExit = Deno.exit = ((code?: number): never => {
    forbid(exitCall(code));
    return exit(code);
  }) as typeof Deno.exit;
  const guardedClose = scope.close = () => {
    forbid("self.close()");
    close?.call(globalThis);
  };
  const remove = () => {
    if (Deno.exit === guardedExit) Deno.exit = exit;
    if (scope.close !== guardedClose) return;
    if (close) scope.close = close;
    else delete scope.close;
  };
  const guard: Guard = { handlers, remove };
  Object.assign(guardedExit, { [GUARD]: guard });
  return guard;
}
