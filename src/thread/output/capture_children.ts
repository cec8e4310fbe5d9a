/**
 * Attributes the output of child processes to the task that started them, whenever they print.
 * Children that would inherit the process's output streams get pipes instead, which are read here,
 * in the async context of the code that started them. Otherwise their output could not be
 * attributed, and on a terminal it would overwrite the live display.
 */
import { settlesWithin } from "../../runtime/settles_within.ts";
import { EventLoopYielder } from "../../runtime/event_loop_yielder.ts";
import type { CurrentSink, LineSink } from "./output_sink.ts";
import { LineBuffer } from "./line_buffer.ts";

type Stream = "stdout" | "stderr";

/**
 * Time limit for reading the output after a child's end, in ms: a grandchild may keep the streams
 * open.
 */
const STREAMS_TIMEOUT_MS = 100;

/** The names of replaced functions of `Deno`. */
export const CHILD_STARTERS = ["Command", "spawn", "spawnAndWait", "spawnAndWaitSync"] as const;

/** Replaces `Deno.Command` in this thread on first access, since creating the class takes 6 ms. */
export function captureChildren(current: CurrentSink): void {
  captureShorthands();
  const property = Object.getOwnPropertyDescriptor(Deno, "Command")!;
  let command: typeof Deno.Command | undefined;
  Object.defineProperty(Deno, "Command", {
    configurable: true,
    enumerable: true,
    get: () => command ??= capturingCommand(property.get?.call(Deno) ?? property.value, current),
    set: (other) => command = other,
  });
}

type Shorthand = (path: string | URL, ...rest: unknown[]) => unknown;

/** Replaces the shorthand functions, which start children without `Deno.Command`. */
function captureShorthands(): void {
  const replace = (name: string, start: (command: Deno.Command) => unknown) => {
    if (!(name in Deno)) return;
    const value: Shorthand = (path, ...rest) =>
      start(new Deno.Command(path, optionsOf(name, rest)));
    // A read of the old one would load the code of processes.
    Object.defineProperty(Deno, name, {
      configurable: true,
      enumerable: true,
      writable: true,
      value,
    });
  };
  replace("spawn", (command) => command.spawn());
  replace("spawnAndWait", (command) => command.output());
  replace("spawnAndWaitSync", (command) => command.outputSync());
}

function optionsOf(name: string, [first, second]: unknown[]): Deno.CommandOptions | undefined {
  if (!Array.isArray(first)) return first as Deno.CommandOptions | undefined;
  const options = second as Deno.CommandOptions | undefined;
  if (options?.args === undefined) return { ...options, args: first };
  throw new TypeError(`Cannot pass 'args' to Deno.${name} twice: as an argument and in options`);
}

/** Creates a `Deno.Command` whose children print to the sink. */
function capturingCommand(Command: typeof Deno.Command, current: CurrentSink): typeof Deno.Command {
  return class extends Command {
    readonly #path: string | URL;
    readonly #options: Deno.CommandOptions;

    constructor(path: string | URL, options: Deno.CommandOptions = {}) {
      super(path, options);
      this.#path = path;
      this.#options = options;
    }

    override spawn(): Deno.ChildProcess {
      const streams = inheritedStreams(this.#options, "inherit");
      const child = streams.length === 0
        ? super.spawn()
        : new Command(this.#path, withPipes(this.#options, streams)).spawn();
      child.status.then(failureReporter(current()), () => {});
      return streams.length === 0 ? child : captureChild(child, streams, current);
    }

    override async output(): Promise<Deno.CommandOutput> {
      const streams = inheritedStreams(this.#options, "piped");
      const note = failureReporter(current());
      if (streams.length === 0) return note(await super.output());
      const output = await new Command(this.#path, withPipes(this.#options, streams)).output();
      return emitOutput(note(output), streams, current);
    }

    override outputSync(): Deno.CommandOutput {
      const streams = inheritedStreams(this.#options, "piped");
      const note = failureReporter(current());
      if (streams.length === 0) return note(super.outputSync());
      const output = new Command(this.#path, withPipes(this.#options, streams)).outputSync();
      return emitOutput(note(output), streams, current);
    }
  };
}

/** Returns a function that reports a failed child process to its owner, and returns the status. */
function failureReporter(
  owner: LineSink | undefined,
): <T extends Deno.CommandStatus>(status: T) => T {
  return (status) => {
    if (!status.success) owner?.childFailed?.();
    return status;
  };
}

function inheritedStreams(options: Deno.CommandOptions, usual: "inherit" | "piped"): Stream[] {
  return (["stdout", "stderr"] as const).filter((name) => (options[name] ?? usual) === "inherit");
}

function withPipes(options: Deno.CommandOptions, streams: readonly Stream[]): Deno.CommandOptions {
  return { ...options, ...Object.fromEntries(streams.map((name) => [name, "piped"])) };
}

/**
 * Reads the child's output. As its caller expects, the child has no readable streams, and its
 * status resolves after its output.
 */
function captureChild(
  child: Deno.ChildProcess,
  streams: readonly Stream[],
  current: CurrentSink,
): Deno.ChildProcess {
  const emitted = Promise.all(
    streams.map((name) => emitLines(child[name], linesTo(name, current))),
  );
  const ended = child.status.then(async (status) => {
    await settlesWithin(emitted, STREAMS_TIMEOUT_MS);
    return status;
  });
  ended.catch(() => {}); // the caller awaits it and handles a rejection
  Object.defineProperty(child, "status", { value: ended });
  for (const name of streams) {
    Object.defineProperty(child, name, { get: () => throwNotPiped(name) });
  }
  child.output = () => collectOutput(child);
  return child;
}

/** Reads the streams that the caller has asked to be piped. */
async function collectOutput(child: Deno.ChildProcess): Promise<Deno.CommandOutput> {
  const read = async (name: Stream) => {
    const stream = pipedOf(child, name);
    return stream && await new Response(stream).bytes();
  };
  const [status, stdout, stderr] = await Promise.all([
    child.status,
    read("stdout"),
    read("stderr"),
  ]);
  return {
    ...status,
    get stdout() {
      return stdout ?? throwNotPiped("stdout");
    },
    get stderr() {
      return stderr ?? throwNotPiped("stderr");
    },
  };
}

function pipedOf(child: Deno.ChildProcess, name: Stream): Deno.ChildProcess[Stream] | undefined {
  try {
    return child[name];
  } catch {
    return undefined;
  }
}

async function emitLines(stream: ReadableStream<Uint8Array>, lines: LineBuffer): Promise<void> {
  const yielder = new EventLoopYielder();
  try {
    for await (const bytes of stream) {
      lines.write(bytes);
      await yielder.yieldIfDue();
    }
  } catch {
    // The pipe has broken: what was read before is emitted.
  }
  lines.flush();
}

/** Emits output that the child should have inherited; the caller cannot read it. */
function emitOutput(
  output: Deno.CommandOutput,
  streams: readonly Stream[],
  current: CurrentSink,
): Deno.CommandOutput {
  for (const name of streams) {
    const lines = linesTo(name, current);
    lines.write(output[name]);
    lines.flush();
    Object.defineProperty(output, name, { get: () => throwNotPiped(name) });
  }
  return output;
}

function linesTo(name: Stream, current: CurrentSink): LineBuffer {
  return new LineBuffer((line) =>
    current()?.output(name, name === "stdout" ? "info" : "error", line)
  );
}

/** Throws the error that Deno throws. */
function throwNotPiped(name: Stream): never {
  throw new TypeError(`Cannot get '${name}': '${name}' is not piped`);
}
