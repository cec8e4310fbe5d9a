/**
 * Call sites of functions. Capturing a stack takes 2 us; formatting it takes ten times as long, so
 * a trace is read only when a message needs it.
 */
import { isInternalModule } from "./internal_frames.ts";

/** Function names of the helpers to which compilers lower decorators, as a pattern. */
export const DECORATOR_HELPERS =
  "memberDec|apply\\w*Decs?|applyDecs\\w+|_apply_decs\\w+|_ts_decorate";

/** A captured stack. */
export interface Trace {
  readonly stack?: unknown;
}

/** A call in a user module. */
export interface CallSite {
  /** The URL of the module: its `import.meta.url`. */
  readonly module: string;
  /** File, line and column in the source: `/src/work.ts:3:14`. */
  readonly location: string;
}

/** A V8 CallSite, as given to `Error.prepareStackTrace`. Deno maps locations to the sources. */
interface Frame {
  getScriptNameOrSourceURL(): string | null;
  getFileName(): string | null;
  getLineNumber(): number | null;
  getColumnNumber(): number | null;
  getFunctionName(): string | null;
  isEval(): boolean;
}

/** V8's extensions of `Error`. */
const stacks = Error as unknown as {
  stackTraceLimit: number;
  prepareStackTrace: unknown;
  captureStackTrace(trace: Trace): void;
};

/**
 * Number of captured frames: the library's own, plus those of a user's helper that calls `mark` for
 * a module.
 */
const DEPTH = 12;

/** Captures the current call stack. */
export function captureTrace(): Trace {
  const { stackTraceLimit } = stacks;
  const trace: Trace = {};
  stacks.stackTraceLimit = DEPTH;
  stacks.captureStackTrace(trace);
  stacks.stackTraceLimit = stackTraceLimit;
  return trace;
}

/** Returns the calls in user modules, innermost first. A trace can be read only once. */
export function callSites(trace: Trace): CallSite[] {
  const { prepareStackTrace } = stacks;
  stacks.prepareStackTrace = (_: unknown, frames: readonly Frame[]) => frames;
  const frames = trace.stack as readonly Frame[];
  stacks.prepareStackTrace = prepareStackTrace;
  return frames.flatMap((frame) => {
    const isPlain = !frame.isEval() && !DECORATING.test(frame.getFunctionName() ?? "");
    const module = isPlain ? frame.getScriptNameOrSourceURL() : null;
    if (module === null || !URL_START.test(module) || isInternalModule(module)) return [];
    const file = frame.getFileName() ?? module;
    return [{ module, location: `${file}:${frame.getLineNumber()}:${frame.getColumnNumber()}` }];
  });
}

/**
 * Matches the helpers that apply compiled decorators: they have no location in the source; their
 * calls are attributed to the line after the last one of the module.
 */
const DECORATING = new RegExp(`^(?:${DECORATOR_HELPERS})$`);

/** Matches URLs of imported modules; modules of the runtime have other schemes. */
const URL_START = /^(?:file|https?|data|blob):/;
