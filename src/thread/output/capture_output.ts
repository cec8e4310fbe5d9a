/**
 * Converts the output of code in a thread to messages, so that it can be attributed to a task. Deno
 * has no option for it: `console` and the two output streams, as Deno and Node expose them, are
 * replaced.
 */
import { formatValues } from "../../base/text_format.ts";
import type { OutputChannel } from "../../events/run_event.ts";
import type { CurrentSink, LineSink } from "./output_sink.ts";
import type { LogLevel } from "../../task/context.ts";
import { LineBuffer } from "./line_buffer.ts";

const LEVELS: Readonly<Record<string, readonly [OutputChannel, LogLevel]>> = {
  log: ["stdout", "info"],
  info: ["stdout", "info"],
  debug: ["stdout", "debug"],
  warn: ["stderr", "warn"],
  error: ["stderr", "error"],
};

/** The methods whose text needs a full console: groups, tables, counters, timers. */
const FULL_CONSOLE_METHODS = [
  "assert",
  "clear",
  "count",
  "countReset",
  "dir",
  "dirxml",
  "group",
  "groupCollapsed",
  "groupEnd",
  "table",
  "time",
  "timeEnd",
  "timeLog",
  "trace",
];

/** The change of the group depth by each method. */
const GROUP_DEPTHS: Readonly<Record<string, number>> = {
  group: 1,
  groupCollapsed: 1,
  groupEnd: -1,
};

/** The objects and properties that are replaced. */
export function patchedTargets(): (readonly [host: object, names: readonly string[]])[] {
  const streams = [Deno.stdout, Deno.stderr];
  return [
    [console, [...Object.keys(LEVELS), ...FULL_CONSOLE_METHODS]],
    ...streams.map((stream) => [stream, ["write", "writeSync", "writable"]] as const),
    ...(streams.some(hasNodeStream) ? [[process, ["stdout", "stderr"]] as const] : []),
  ];
}

/** The bytes written to one stream: a line belongs to the code that began it. */
class Stream {
  readonly #current: CurrentSink;
  readonly #lines: LineBuffer;
  #owner: LineSink | undefined;

  constructor(current: CurrentSink, channel: OutputChannel, level: LogLevel) {
    this.#current = current;
    this.#lines = new LineBuffer((line) => this.#owner?.output(channel, level, line));
  }

  write(bytes: Uint8Array): number {
    this.#switchOwner();
    return this.#lines.write(bytes);
  }

  /** Returns the incomplete line, and clears it. */
  takeRest(): string {
    this.#switchOwner();
    return this.#lines.takeRest();
  }

  flush(): void {
    this.#lines.flush();
  }

  /** Ends the incomplete line of another owner. */
  #switchOwner(): void {
    const owner = this.#current();
    if (owner === this.#owner) return;
    this.#lines.flush();
    this.#owner = owner;
  }
}

/**
 * Replaces the ways to print in this thread.
 *
 * @param current Returns the sink of the running code.
 * @param isDisposed Whether capturing has ended: code may keep a stream of Node longer.
 * @returns A function that emits an incomplete line and ends groups; called when a task ends.
 */
export function captureOutput(current: CurrentSink, isDisposed = () => false): () => void {
  const stdout = new Stream(current, "stdout", "info");
  const stderr = new Stream(current, "stderr", "error");
  captureStream("stdout", stdout, isDisposed);
  captureStream("stderr", stderr, isDisposed);
  const partialLines = { stdout, stderr, log: undefined };
  const endGroups = captureConsole((channel, level, text) => {
    current()?.output(channel, level, (partialLines[channel]?.takeRest() ?? "") + text);
  });
  return () => {
    endGroups();
    stdout.flush();
    stderr.flush();
  };
}

function captureStream(
  name: "stdout" | "stderr",
  lines: Stream,
  isDisposed: () => boolean,
): void {
  const stream = Deno[name];
  stream.writeSync = (bytes) => lines.write(bytes);
  stream.write = (bytes) => Promise.resolve(lines.write(bytes));
  let writable: WritableStream<Uint8Array> | undefined;
  Object.defineProperty(stream, "writable", {
    configurable: true,
    get: () => writable ??= new WritableStream({ write: (bytes) => void lines.write(bytes) }),
  });
  if (hasNodeStream(stream)) captureNodeStream(name, lines, isDisposed);
}

/**
 * Whether Node's stream needs its own replacement; it writes to Deno's unless it is a terminal.
 * Accessing `process` at all takes 8 ms.
 */
function hasNodeStream(stream: { isTerminal(): boolean }): boolean {
  return stream.isTerminal();
}

/** Replaces Node's stream on first access: creating it takes 40 ms. */
function captureNodeStream(
  name: "stdout" | "stderr",
  lines: Stream,
  isDisposed: () => boolean,
): void {
  const original = Object.getOwnPropertyDescriptor(process, name)!;
  let isCaptured = false;
  Object.defineProperty(process, name, {
    ...original,
    get() {
      const stream: NodeWriter = original.get!.call(process);
      if (isCaptured) return stream;
      isCaptured = true;
      const write = stream._write.bind(stream);
      stream._write = (chunk, encoding, done) => {
        if (isDisposed()) return write(chunk, encoding, done);
        lines.write(chunk);
        done();
      };
      return stream;
    },
  });
}

/** The part of a stream of Node that writes. */
interface NodeWriter {
  _write(chunk: Uint8Array, encoding: string, done: () => void): void;
}

/**
 * Replaces the methods of the console. Returns a function that ends open groups, which would indent
 * the next task's lines.
 */
function captureConsole(sink: LineSink["output"]): () => void {
  const target = console as unknown as Record<string, (...values: unknown[]) => void>;
  let full: Record<string, (...values: unknown[]) => void> | undefined;
  /** The level of the method that is being called. */
  let called: LogLevel | undefined;
  const fullConsole = () =>
    full ??= makeConsole((channel, level, text) => sink(channel, called ?? level, text));
  for (const [method, [channel, level]] of Object.entries(LEVELS)) {
    target[method] = (...values) => {
      // The fast path, while no full console is needed: loading node:console takes 25 ms.
      const isPlain = full === undefined &&
        !(typeof values[0] === "string" && /%/.test(values[0]));
      if (isPlain) return sink(channel, level, formatValues(values));
      called = level;
      try {
        fullConsole()[method]!(...values);
      } finally {
        called = undefined;
      }
    };
  }
  let groups = 0;
  for (const method of FULL_CONSOLE_METHODS) {
    target[method] = (...values) => {
      groups = Math.max(0, groups + (GROUP_DEPTHS[method] ?? 0));
      fullConsole()[method]!(...values);
    };
  }
  return () => {
    for (; groups > 0; groups--) full!["groupEnd"]!();
  };
}

/** Creates a console that formats as Node's does, and writes to the sink. */
function makeConsole(sink: LineSink["output"]): Record<string, (...values: unknown[]) => void> {
  const { Console } = process.getBuiltinModule("node:console");
  const { Writable } = process.getBuiltinModule("node:stream");
  const streamTo = (channel: OutputChannel, level: LogLevel) => {
    const lines = new LineBuffer((line) => sink(channel, level, line));
    return new Writable({
      write(chunk: Uint8Array, _encoding: string, done: () => void) {
        lines.write(chunk);
        done();
      },
    });
  };
  return new Console({
    stdout: streamTo("stdout", "info"),
    stderr: streamTo("stderr", "warn"),
    colorMode: false,
  }) as unknown as Record<string, (...values: unknown[]) => void>;
}
