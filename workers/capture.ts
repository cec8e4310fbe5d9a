/**
 * What code in a worker prints becomes messages, so that it can be told which task printed it. Deno has
 * no option for it: `console` and the two output streams are replaced.
 */
import { formatValues } from "../src/base/text.ts";
import type { OutputChannel } from "../src/events/run_event.ts";
import type { LogLevel } from "../src/task/context.ts";

/** Takes a line that was printed. */
export type PrintSink = (channel: OutputChannel, level: LogLevel, text: string) => void;

const LEVELS: Readonly<Record<string, readonly [OutputChannel, LogLevel]>> = {
  log: ["stdout", "info"],
  info: ["stdout", "info"],
  debug: ["stdout", "debug"],
  warn: ["stderr", "warn"],
  error: ["stderr", "error"],
};

/** The methods whose text needs a whole console: groups, tables, counters, timers. */
const WHOLE = [
  ...["assert", "clear", "count", "countReset", "dir", "dirxml", "group", "groupCollapsed"],
  ...["groupEnd", "table", "time", "timeEnd", "timeLog", "trace"],
];

/**
 * Replaces the ways to print in this thread.
 *
 * @returns Passes on what was printed without a line break: to be called when a task ends.
 */
export function capturePrinting(sink: PrintSink): () => void {
  const stdout = new LineBuffer((line) => sink("stdout", "info", line));
  const stderr = new LineBuffer((line) => sink("stderr", "error", line));
  Deno.stdout.writeSync = (bytes) => stdout.write(bytes);
  Deno.stdout.write = (bytes) => Promise.resolve(stdout.write(bytes));
  Deno.stderr.writeSync = (bytes) => stderr.write(bytes);
  Deno.stderr.write = (bytes) => Promise.resolve(stderr.write(bytes));
  captureConsole(sink);
  return () => {
    stdout.flush();
    stderr.flush();
  };
}

function captureConsole(sink: PrintSink): void {
  const target = console as unknown as Record<string, (...values: unknown[]) => void>;
  let whole: Record<string, (...values: unknown[]) => void> | undefined;
  const wholeConsole = () => whole ??= makeConsole(sink);
  for (const [method, [channel, level]] of Object.entries(LEVELS)) {
    target[method] = (...values) => {
      // The short way, while nothing needs the long one: loading node:console takes 25 ms.
      const isPlain = whole === undefined &&
        !(typeof values[0] === "string" && /%/.test(values[0]));
      if (isPlain) sink(channel, level, formatValues(values));
      else wholeConsole()[method]!(...values);
    };
  }
  for (const method of WHOLE) target[method] = (...values) => wholeConsole()[method]!(...values);
}

/** A console that formats as Node's does, and writes to the sink. */
function makeConsole(sink: PrintSink): Record<string, (...values: unknown[]) => void> {
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

/** Cuts bytes into lines; a part without a line break waits for the rest. */
class LineBuffer {
  readonly #emit: (line: string) => void;
  readonly #decoder = new TextDecoder();
  /** In pieces: what shows progress by dots writes many. */
  readonly #rest: string[] = [];

  constructor(emit: (line: string) => void) {
    this.#emit = emit;
  }

  write(bytes: Uint8Array): number {
    const text = this.#decoder.decode(bytes, { stream: true });
    this.#rest.push(text);
    if (!text.includes("\n")) return bytes.length;
    const lines = this.#takeRest().split("\n");
    this.#rest.push(lines.pop()!);
    for (const line of lines) this.#emit(line);
    return bytes.length;
  }

  flush(): void {
    const rest = this.#takeRest();
    if (rest !== "") this.#emit(rest);
  }

  #takeRest(): string {
    return this.#rest.splice(0).join("");
  }
}
