/**
 * Where functions were called. A stack is captured at once, which takes 2 us, and read only where that is
 * needed: to make it text takes ten times as long.
 */
import { isInternalModule } from "./internal_frames.ts";

/** The names of functions that call decorators. */
export const DECORATOR_HELPERS =
  "memberDec|apply\\w*Decs?|applyDecs\\w+|_apply_decs\\w+|_ts_decorate";

/** A captured stack. */
export interface Trace {
  readonly stack?: unknown;
}

/** A call in a module of the user's. */
export interface CallSite {
  /** The module's URL: its `import.meta.url`. */
  readonly module: string;
  /** The file that the code was written in, its line and column: `/src/work.ts:3:14`. */
  readonly location: string;
}

/** A frame as V8 hands it over where a stack is not made text. Deno maps places to the sources. */
interface Frame {
  getScriptNameOrSourceURL(): string | null;
  getFileName(): string | null;
  getLineNumber(): number | null;
  getColumnNumber(): number | null;
  getFunctionName(): string | null;
  isEval(): boolean;
}

/** What V8 has of `Error` beyond the language. */
const stacks = Error as unknown as {
  stackTraceLimit: number;
  prepareStackTrace: unknown;
  captureStackTrace(trace: Trace): void;
};

/** Our own frames, and those of a helper that calls us for a module. */
const DEPTH = 12;

/** Captures the calls that lead here. */
export function captureTrace(): Trace {
  const { stackTraceLimit } = stacks;
  const trace: Trace = {};
  stacks.stackTraceLimit = DEPTH;
  stacks.captureStackTrace(trace);
  stacks.stackTraceLimit = stackTraceLimit;
  return trace;
}

/** The calls in modules other than this library's, the innermost first. A trace is read once. */
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
 * What calls decorators where they are compiled away: it is at no place of the source, but behind the last
 * line of the module.
 */
const DECORATING = new RegExp(`^(?:${DECORATOR_HELPERS})$`);

/** That of a module that is imported, and no part of the runtime. */
const URL_START = /^(?:file|https?|data|blob):/;
