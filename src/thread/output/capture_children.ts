/**
 * What the children of a task print is the task's, however long they live: where they would inherit the output
 * streams of the process, they get pipes instead, which are read here, in the async context of the code that
 * started them. On a terminal they could not be told apart otherwise, and would write over what is drawn there.
 */
import { settlesWithin } from "../../runtime/settles_within.ts";
import { EventLoopYielder } from "../../runtime/event_loop_yielder.ts";
import type { CurrentSink, LineSink } from "./output_sink.ts";
import { LineBuffer } from "./line_buffer.ts";

type Stream = "stdout" | "stderr";

/** A child that has ended is not waited for longer: one of its own may have kept its streams open. */
const STREAMS_TIMEOUT_MS = 100;

/** Names of what is replaced in `Deno`. */
export const CHILD_STARTERS = ["Command", "spawn", "spawnAndWait", "spawnAndWaitSync"] as const;

/** Replaces `Deno.Command` in this thread, when it is first looked at: that takes 6 ms. */
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

/** The functions that are short for a command: they start children without a look at `Deno.Command`. */
function captureShorthands(): void {
  const deno = Deno as unknown as Record<string, Shorthand | undefined>;
  const replace = (name: string, start: (command: Deno.Command) => unknown) => {
    if (deno[name] === undefined) return;
    deno[name] = (path, ...rest) => start(new Deno.Command(path, optionsOf(name, rest)));
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

/** A `Deno.Command` whose children print into the sink. */
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

/** The child as its caller expects it: it has no streams that could be read, and ends after its output. */
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
  ended.catch(() => {}); // whoever awaits it hears of it
  Object.defineProperty(child, "status", { value: ended });
  for (const name of streams) {
    Object.defineProperty(child, name, { get: () => throwNotPiped(name) });
  }
  child.output = () => collectOutput(child);
  return child;
}

/** What the caller has asked to be piped, read to its end. */
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
    // the pipe has broken: what came before is told
  }
  lines.flush();
}

/** Output that was to be inherited: it is told now, and its caller cannot read it. */
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

/** As Deno does. */
function throwNotPiped(name: Stream): never {
  throw new TypeError(`Cannot get '${name}': '${name}' is not piped`);
}
