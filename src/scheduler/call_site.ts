/** From which module a function of ours was called: workers import it again to find its tasks. */
import { urlOfPlace } from "../base/stack_url.ts";
import { realm } from "../task/realm.ts";

/**
 * The URL of the module that called `callee`, or undefined where there is none to import (the REPL).
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
  const place = /((?:file|https?|data|blob):.*?):\d+:\d+\)?$/m.exec(trace.stack ?? "")?.[1];
  return place === undefined ? undefined : urlOfPlace(place);
}

/** Tells this scheduler from all others, in the same way in every thread. */
export function nextKey(module = "unknown"): string {
  const { schedulers } = realm();
  const count = schedulers.get(module) ?? 0;
  schedulers.set(module, count + 1);
  return `${module}#${count}`;
}
