/** From which module a function of ours was called: workers import it again to find its tasks. */
import { urlOfLocation } from "../runtime/stack_location.ts";
import { realm } from "../task/realm.ts";

/**
 * The URL of the module that called `callee`, or undefined where there is none to import (the REPL).
 *
 * @param callee Frames down to this function's are left out.
 */
// deno-lint-ignore ban-types -- what captureStackTrace takes is any function or class
export function callerModule(callee: Function): string | undefined {
  return callSite(callee, 1)?.module;
}

/** Where something was called. */
interface CallSite {
  readonly module: string;
  /** Where in the module, and where what did that was called there, and so on: `2:14,8:3`. */
  readonly positions: string;
}

// deno-lint-ignore ban-types -- as above
function callSite(callee: Function, depth: number): CallSite | undefined {
  const { stackTraceLimit } = Error;
  const trace: { stack?: string } = {};
  Error.stackTraceLimit = depth;
  Error.captureStackTrace(trace, callee);
  Error.stackTraceLimit = stackTraceLimit;
  const lines = (trace.stack ?? "").split("\n").filter((line) => !EVALUATED.test(line));
  const frames = lines.map((line) => FRAME.exec(line)).filter((found) => found !== null);
  const file = frames[0]?.[1];
  // Code that was made at run time is found by running what made it.
  if (file === undefined && depth < MAX_DEPTH) return callSite(callee, MAX_DEPTH);
  if (file === undefined || SHORTENED.test(file)) return undefined;
  const ownFrames = frames.filter(([, url]) => url === file);
  return {
    module: urlOfLocation(file),
    positions: ownFrames.map(([, , position]) => position).join(),
  };
}

/** The line of a stack that names a place in a module. */
const FRAME = /((?:file|https?|data|blob):.*?):(\d+:\d+)\)?$/;
/** That of code that `eval` or `new Function` has made. */
const EVALUATED = /<anonymous>:\d+:\d+\)?$/;
/** Of a long one Deno shows the beginning and the end. */
const SHORTENED = /^data:.*\.{6}/;
/** So far up it is looked from where a scheduler is made. */
const MAX_DEPTH = 10;

/**
 * Tells the scheduler that is being made from all others, in the same way in every thread: by where it is
 * made, since a thread need not make all of them, nor in the same order; and of those made at one place,
 * by their order.
 *
 * @param callee The constructor.
 * @param module Its module, if it was named.
 */
// deno-lint-ignore ban-types -- as above
export function nextKey(callee: Function, module: string | undefined): string {
  const site = callSite(callee, MAX_DEPTH);
  const position = `${module ?? site?.module ?? "unknown"}#${site?.positions ?? ""}`;
  const { schedulers } = realm();
  const count = schedulers.get(position) ?? 0;
  schedulers.set(position, count + 1);
  return `${position}#${count}`;
}
