/**
 * `Deno.exit()`, `process.exit()` and `self.close()` end a worker without any event: the run would
 * wait without end, or pass. While a task runs they throw instead, and the task fails, even if it
 * catches the error. `process.exit` calls `Deno.exit`, so replacing the latter suffices.
 */

/**
 * Formats a call of an exit function from within the replaced `Deno.exit`: `Deno.exit(3)`, or
 * Node's `process.exit(3)`.
 */
export function exitCall(code: number | undefined): string {
  const isOfNode = /^ +at process\.exit \(node:/m.test(new Error().stack ?? "");
  return `${isOfNode ? "process" : "Deno"}.exit(${code ?? ""})`;
}

/** A task tried to end the process or its thread. */
export class ExitError extends Error {
  override name = "ExitError";
}

/** Handles a call of an exit function, such as `Deno.exit(3)`. Returns whether to forbid it. */
export type ExitHandler = (error: ExitError) => boolean;

/** The replacement of this thread's exit functions. */
interface Guard {
  /** The registered handlers; the last one is called first. */
  readonly handlers: ExitHandler[];
  remove(): void;
}

/** The key of the guard on the replacement of `Deno.exit`. */
const GUARD = Symbol("exit guard");

/**
 * Installs the guard in this thread. Inline runs may overlap and end in any order: a run that
 * begins while a guard is installed joins it, so that a server with overlapping runs has one guard,
 * not a stack of them.
 *
 * @param onExit Called at each attempt; if every handler returns false, the real function is
 * called.
 * @returns A function that removes the handler, and with the last one the guard.
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
