/**
 * What code in a thread prints becomes messages, so that it can be told which task printed it. Deno has
 * no option for it: `console` and the two output streams, as Deno and as Node know them, are replaced.
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

/** The methods whose text needs a whole console: groups, tables, counters, timers. */
const FULL_CONSOLE_METHODS = [
  ...["assert", "clear", "count", "countReset", "dir", "dirxml", "group", "groupCollapsed"],
  ...["groupEnd", "table", "time", "timeEnd", "timeLog", "trace"],
];

/** Those that begin a group, and that which ends one. */
const GROUP_DEPTHS: Readonly<Record<string, number>> = {
  group: 1,
  groupCollapsed: 1,
  groupEnd: -1,
};

/** What is replaced, and where. */
export function patchedTargets(): (readonly [host: object, names: readonly string[]])[] {
  const streams = [Deno.stdout, Deno.stderr];
  return [
    [console, [...Object.keys(LEVELS), ...FULL_CONSOLE_METHODS]],
    ...streams.map((stream) => [stream, ["write", "writeSync", "writable"]] as const),
    ...(streams.some(hasNodeStream) ? [[process, ["stdout", "stderr"]] as const] : []),
  ];
}

/** Output of one stream that comes in bytes: a line is that of whoever began it. */
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

  /** Hands out what waits for the rest of its line. */
  takeRest(): string {
    this.#switchOwner();
    return this.#lines.takeRest();
  }

  flush(): void {
    this.#lines.flush();
  }

  /** What another has begun ends here. */
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
 * @param current Returns the sink of the code that prints.
 * @param isOver Whether it is no longer to be so: who has a stream of Node keeps it.
 * @returns Passes on what was printed without a line break, and ends groups: to be called when a task ends.
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
 * Whether Node's stream goes its own way; elsewhere than on a terminal it writes to Deno's. To look at
 * `process` at all takes 8 ms.
 */
function hasNodeStream(stream: { isTerminal(): boolean }): boolean {
  return stream.isTerminal();
}

/** The stream is made when it is first asked for, which takes 40 ms: until then it is not touched. */
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

/** Returns what ends the groups that were begun, or the next task's lines would stand in them. */
function captureConsole(sink: LineSink["output"]): () => void {
  const target = console as unknown as Record<string, (...values: unknown[]) => void>;
  let full: Record<string, (...values: unknown[]) => void> | undefined;
  /** That of the method being called. */
  let called: LogLevel | undefined;
  const fullConsole = () =>
    full ??= makeConsole((channel, level, text) => sink(channel, called ?? level, text));
  for (const [method, [channel, level]] of Object.entries(LEVELS)) {
    target[method] = (...values) => {
      // The short way, while nothing needs the long one: loading node:console takes 25 ms.
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

/** A console that formats as Node's does, and writes to the sink. */
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
