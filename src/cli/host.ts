/** The process, as the command is allowed to see it. Tests give another. */
import { type SyncWriter, type TextSink, writeText } from "../base/write.ts";

/** The signals the command answers. */
export type HostSignal = "SIGINT" | "SIGTERM";

/** See the head of this file. */
export interface Host {
  /** Absolute path of the current folder. */
  readonly folder: string;
  /** Writes a line for people: task lines, logs, errors. */
  err(line: string): void;
  /** Writes a line of results. */
  out(line: string): void;
  /** Writes text for people as it is, a piece of a line or many lines. */
  errText(text: string): void;
  /** Writes results as they are. */
  outText(text: string): void;
  /** Whether lines for people are read on a terminal that shows colours. */
  readonly isColored: boolean;
  /** Whether results are. */
  readonly isOutColored: boolean;
  /** The wall clock. */
  now(): Date;
  /** Reads a text file, by its path or its URL. */
  readTextFile(path: string | URL): string;
  /** Opens a file to write, empty or to append to, with the folders it is in. */
  openFile(path: string, options?: { readonly append?: boolean }): TextSink;
  /** A variable of the environment. */
  env(name: string): string | undefined;
  /**
   * Calls `handler` at each signal instead of ending the process.
   *
   * @returns Stops that.
   */
  onSignal(handler: (signal: HostSignal) => void): () => void;
}

/** The process that Deno runs. */
export function denoHost(): Host {
  const isColored = (stream: typeof Deno.stderr) => stream.isTerminal() && !Deno.noColor;
  const errText = untilClosed(Deno.stderr);
  const outText = untilClosed(Deno.stdout);
  return {
    folder: Deno.cwd(),
    err: (line) => errText(`${line}\n`),
    out: (line) => outText(`${line}\n`),
    errText,
    outText,
    isColored: isColored(Deno.stderr),
    isOutColored: isColored(Deno.stdout as typeof Deno.stderr),
    now: () => new Date(),
    readTextFile: (path) => Deno.readTextFileSync(path),
    openFile,
    env: (name) => Deno.env.get(name),
    onSignal(handler) {
      const stops = (["SIGINT", "SIGTERM"] as const).map((signal) => listen(signal, handler));
      return () => stops.forEach((stop) => stop());
    },
  };
}

function listen(signal: HostSignal, handler: (signal: HostSignal) => void): () => void {
  if (Deno.build.os === "windows" && signal === "SIGTERM") return () => {};
  const listener = () => handler(signal);
  Deno.addSignalListener(signal, listener);
  return () => Deno.removeSignalListener(signal, listener);
}

function openFile(path: string, { append = false } = {}): TextSink {
  const folder = path.slice(0, path.search(/[^/\\]*$/));
  if (folder !== "") Deno.mkdirSync(folder, { recursive: true });
  const file = Deno.openSync(path, { create: true, write: true, append, truncate: !append });
  let isOpen = true;
  return {
    write: (text) => writeText(file, text),
    close() {
      if (isOpen) file.close();
      isOpen = false;
    },
  };
}

function untilClosed(stream: SyncWriter): (text: string) => void {
  let isOpen = true;
  return (text) => {
    if (!isOpen) return;
    try {
      writeText(stream, text);
    } catch (error) {
      // The reader has gone (`| head`): the run goes on, and its exit code still says how it ended.
      if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
      isOpen = false;
    }
  };
}
