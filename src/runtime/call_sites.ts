/**
 * Call sites of functions, by V8's structured stack frames: formatting a stack as text takes 5 to
 * 20 us, since it maps each position to the source. Capturing one takes 1 us, more in a long module
 * (V8 decodes positions up to the call); its frames are read only when they are needed.
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

/** A function or a class. */
// deno-lint-ignore ban-types -- what captureStackTrace takes
export type Callee = Function;

/** A V8 CallSite, as given to `Error.prepareStackTrace`. Deno maps locations to the sources. */
interface Frame {
  getScriptNameOrSourceURL(): string | null | undefined;
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
  captureStackTrace(trace: Trace, callee?: Callee): void;
};

/**
 * Number of captured frames: the library's own, plus those of a user's helper that calls `mark` for
 * a module.
 */
const DEPTH = 12;

/**
 * Captures the current call stack.
 *
 * @param callee Frames down to this function's are omitted.
 * @param depth Maximum number of frames.
 */
export function captureTrace(callee?: Callee, depth = DEPTH): Trace {
  const { stackTraceLimit } = stacks;
  const trace: Trace = {};
  stacks.stackTraceLimit = depth;
  stacks.captureStackTrace(trace, callee);
  stacks.stackTraceLimit = stackTraceLimit;
  return trace;
}

/** Returns the calls in user modules, innermost first. A trace can be read only once. */
export function callSites(trace: Trace): CallSite[] {
  return framesOf(trace).flatMap((frame) => {
    const module = DECORATING.test(frame.getFunctionName() ?? "") ? undefined : moduleOf(frame);
    if (module === undefined || isInternalModule(module)) return [];
    const file = frame.getFileName() ?? module;
    return [{ module, location: `${file}:${frame.getLineNumber()}:${frame.getColumnNumber()}` }];
  });
}

/**
 * Returns the URL of the module that called a function, or undefined if it cannot be imported (in
 * the REPL). Code generated at run time belongs to the module that generated it, further up.
 *
 * @param callee The function; it must be on the stack.
 */
export function callerModule(callee: Callee): string | undefined {
  return firstModule(captureTrace(callee, 1)) ?? firstModule(captureTrace(callee));
}

/**
 * Returns where a function was called: the calling module, and the line and column of the call,
 * followed by those of its callers in that module: `2:14,8:3`.
 *
 * @param callee The function; it must be on the stack.
 */
export function callPositions(
  callee: Callee,
): { readonly module: string | undefined; readonly positions: string } {
  const frames = framesOf(captureTrace(callee));
  const module = frames.map(moduleOf).find((it) => it !== undefined);
  const own = frames.filter((frame) => module !== undefined && moduleOf(frame) === module);
  return {
    module,
    positions: own.map((it) => `${it.getLineNumber()}:${it.getColumnNumber()}`).join(),
  };
}

function firstModule(trace: Trace): string | undefined {
  for (const frame of framesOf(trace)) {
    const module = moduleOf(frame);
    if (module !== undefined) return module;
  }
  return undefined;
}

const returnFrames = (_: unknown, frames: readonly Frame[]) => frames;

/** Reads the frames of a trace, which V8 passes to a hook. */
function framesOf(trace: Trace): readonly Frame[] {
  const { prepareStackTrace } = stacks;
  stacks.prepareStackTrace = returnFrames;
  const frames = trace.stack as readonly Frame[];
  stacks.prepareStackTrace = prepareStackTrace;
  return frames;
}

/** The URL of a frame's module; undefined for the runtime's and for code generated at run time. */
function moduleOf(frame: Frame): string | undefined {
  const url = frame.getScriptNameOrSourceURL() ?? "";
  if (url === lastModule) return url; // asking the frame for more takes another microsecond
  return URL_START.test(url) && !frame.isEval() ? lastModule = url : undefined;
}

/** The result of the latest {@linkcode moduleOf}: calls in a row are mostly in one module. */
let lastModule: string | undefined;

/**
 * Matches the helpers that apply compiled decorators: they have no location in the source; their
 * calls are attributed to the line after the last one of the module.
 */
const DECORATING = new RegExp(`^(?:${DECORATOR_HELPERS})$`);

/** Matches URLs of imported modules; modules of the runtime have other schemes. */
const URL_START = /^(?:file|https?|data|blob):/;
