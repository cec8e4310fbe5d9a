/**
 * `Deno.exit()`, `process.exit()` and `self.close()` end a worker without any event: the run would
 * wait for ever, or end green. While a task runs they throw instead, and the task fails, even if it
 * catches what they throw. `process.exit` goes through `Deno.exit`, so that one is enough.
 */

/** A task tried to end the process or its thread. */
export class ExitError extends Error {
  override name = "ExitError";
}

/** Hears that something called an exit function: `Deno.exit(3)`. Says whether to forbid it. */
export type ExitHandler = (error: ExitError) => boolean;

/**
 * Puts the guard up in this thread.
 *
 * @param onExit Asked at each attempt; where it says false, the real function is called.
 * @returns What takes the guard down again.
 */
export function guardExit(onExit: ExitHandler): () => void {
  const scope = globalThis as { close?: () => void };
  const { exit } = Deno;
  const { close } = scope;
  const forbid = (call: string): void => {
    const error = new ExitError(`${call} was called in a task: a task ends by returning`);
    if (onExit(error)) throw error;
  };
  Deno.exit = ((code?: number): never => {
    forbid(`Deno.exit(${code ?? ""})`);
    return exit(code);
  }) as typeof Deno.exit;
  scope.close = () => {
    forbid("self.close()");
    close?.call(globalThis);
  };
  return () => {
    Deno.exit = exit;
    if (close) scope.close = close;
  };
}
