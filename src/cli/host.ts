/** The process, as the command is allowed to see it. Tests give another. */
import { type SyncWriter, writeText } from "../base/write.ts";

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
  /** Whether lines for people are read on a terminal that shows colours. */
  readonly isColored: boolean;
  /** Whether results are. */
  readonly isOutColored: boolean;
  /** The wall clock. */
  now(): Date;
  /** Reads a text file, by its path or its URL. */
  readTextFile(path: string | URL): string;
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
  return {
    folder: Deno.cwd(),
    err: lineWriter(Deno.stderr),
    out: lineWriter(Deno.stdout),
    isColored: isColored(Deno.stderr),
    isOutColored: isColored(Deno.stdout as typeof Deno.stderr),
    now: () => new Date(),
    readTextFile: (path) => Deno.readTextFileSync(path),
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

function lineWriter(stream: SyncWriter): (line: string) => void {
  let isOpen = true;
  return (line) => {
    if (!isOpen) return;
    try {
      writeText(stream, `${line}\n`);
    } catch (error) {
      // The reader has gone (`| head`): the run goes on, and its exit code still says how it ended.
      if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
      isOpen = false;
    }
  };
}
