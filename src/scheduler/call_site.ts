/** From which module a function of ours was called: workers import it again to find its tasks. */

/**
 * The URL of the module that called `callee`, or undefined where there is none to import (the REPL,
 * `deno eval`).
 *
 * @param callee Frames down to this function's are left out.
 */
// deno-lint-ignore ban-types -- what captureStackTrace takes is any function or class
export function callerModule(callee: Function): string | undefined {
  const { stackTraceLimit } = Error;
  const trace: { stack?: string } = {};
  Error.stackTraceLimit = 1;
  Error.captureStackTrace(trace, callee);
  Error.stackTraceLimit = stackTraceLimit;
  const url = /((?:file|https?|data|blob):.*?):\d+:\d+\)?$/m.exec(trace.stack ?? "")?.[1];
  return url === undefined || url.endsWith("/$deno$eval.ts") || url.endsWith("$deno$stdin.ts")
    ? undefined
    : url;
}
