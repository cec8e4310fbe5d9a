/** The process, as the command is allowed to see it. Tests give another. */
import { wallTime } from "../../runtime/clock.ts";
import { isAbsolute } from "../../runtime/file_url.ts";
import { envIfPermitted, isGranted } from "../../runtime/permissions.ts";
import type { TextSink } from "../../base/write_all.ts";
import type { PrestartedWorker } from "../../pool/prestarted_worker.ts";
import { ERASE_AFTER, RESET_STYLE, SHOW_CURSOR, WRAP_ON } from "../../report/live/ansi_escapes.ts";
import type { Size, Stream, Terminal } from "../../report/live/region.ts";
import { supportsColor, supportsLiveOutput } from "../../report/terminal_support.ts";
import { initRespawned } from "../respawn/respawned_process.ts";
import { ExitCode, type ExitSignal } from "../exit_code.ts";
import {
  createStreamWriter,
  openFile,
  type OpenOptions,
  readText,
  requirePermission,
} from "./open_file.ts";
import {
  scheduleSignalThread,
  type SignalThread,
  type SignalThreadHandle,
  startSignalThread,
} from "./signal_thread.ts";

/** Those of the signals it answers that the system has. On Windows a process may not go on after SIGHUP. */
const EXIT_SIGNALS: readonly ExitSignal[] = Deno.build.os === "windows"
  ? ["SIGINT"]
  : ["SIGINT", "SIGTERM", "SIGHUP"];
/** Those after which somebody may still be there, to send another. */
const SIGNALS_WITHOUT_HANGUP = EXIT_SIGNALS.filter((signal) => signal !== "SIGHUP");

/** Takes what would otherwise be written to a stream. */
export interface OutputTarget {
  /** Takes text: whole lines, if people are to read it. */
  write(stream: Stream, text: string): void;
}

/** See the head of this file. */
export interface System {
  /** Absolute path of the current folder. */
  readonly folder: string;
  /** Whether another process of ours has started this one, to run with the module's configuration. */
  readonly isRespawned?: boolean;
  /** Has such a process end when the one that started it is gone. */
  readonly endWithParent?: (() => void) | undefined;
  /** A thread for the run, if one was started ahead. */
  readonly prestartedWorker?: PrestartedWorker;
  /** Writes a line for people: task lines, logs, errors. */
  err(line: string): void;
  /** Writes a line of results. */
  out(line: string): void;
  /** Writes text for people as it is, a piece of a line or many lines. */
  errText(text: string): void;
  /** Writes results as they are. */
  outText(text: string): void;
  /** Has all that taken by another, or, without one, written again. */
  redirectOutput(target: OutputTarget | undefined): void;
  /** Whether lines for people are read where colours are shown. */
  readonly isColored: boolean;
  /** Whether results are. */
  readonly isOutColored: boolean;
  /** Whether results are read on a terminal, rather than by a program or from a file. */
  readonly isOutTerminal: boolean;
  /** Where lines for people are read, if one can draw there. */
  readonly terminal: Terminal | undefined;
  /** The wall clock. */
  now(): Date;
  /** Reads a text file, by its path from the folder or its URL. Throws where it is not UTF-8. */
  readTextFile(path: string | URL): string;
  /** Opens a file to write, with the folders it is in. It is empty then, unless the options say otherwise. */
  openFile(path: string, options?: OpenOptions): TextSink;
  /** A variable of the environment. */
  env(name: string): string | undefined;
  /**
   * Calls `handler` at each signal instead of ending the process; SIGHUP is left alone where it is ignored.
   *
   * @returns Stops that.
   */
  onSignal(handler: (signal: ExitSignal) => void): () => void;
  /**
   * The same on a thread of its own, for the first signal alone: the second ends the process, however
   * busy this thread is; and so does SIGHUP in a while, after which nobody is left to send a second.
   *
   * @param delayMs How long until that thread is started; a signal ends the process until then.
   */
  onFirstSignal(handler: (signal: ExitSignal) => void, delayMs: number): SignalThreadHandle;
  /** The same at once, for whoever has to know from when, and until when, that thread listens. */
  startSignalThread(handler: (signal: ExitSignal) => void): SignalThread;
  /**
   * Calls `handler` before the process is suspended (Ctrl-Z).
   *
   * @returns Stops that.
   */
  onSuspend(handler: () => void): () => void;
  /**
   * Calls `handler` when the process ends, by itself, by an exit, or by an error nobody catches.
   *
   * @returns Stops that.
   */
  onExit(handler: () => void): () => void;
  /**
   * Calls `handler` when there is nothing left that could happen, instead of ending the process.
   *
   * @returns Stops that.
   */
  onIdle(handler: () => void): () => void;
}

/** The process that Deno runs. */
export function denoSystem(): System {
  const endWithParent = initRespawned();
  const folder = Deno.cwd();
  const streams = {
    err: createStreamWriter(Deno.stderr, "standard error"),
    out: createStreamWriter(Deno.stdout, "the standard output"),
  };
  const [err, out] = [streamInfo(Deno.stderr), streamInfo(Deno.stdout)];
  const ignoresHangup = isHangupIgnored(err.isTerminal || out.isTerminal); // before anybody listens
  let target: OutputTarget | undefined;
  const write = (stream: Stream, text: string) => {
    if (target) target.write(stream, text);
    else streams[stream](text);
  };
  const signals = ignoresHangup ? SIGNALS_WITHOUT_HANGUP : EXIT_SIGNALS;
  return {
    folder,
    isRespawned: endWithParent !== undefined,
    endWithParent,
    err: (line) => write("err", `${line}\n`),
    out: (line) => write("out", `${line}\n`),
    errText: (text) => write("err", text),
    outText: (text) => write("out", text),
    redirectOutput: (to) => target = to,
    isColored: supportsColor(err),
    isOutColored: supportsColor(out),
    isOutTerminal: out.isTerminal,
    terminal: supportsLiveOutput(err)
      ? {
        size,
        hasOut: out.isTerminal,
        mayEchoStdout: !out.isTerminal && isPipe(STDOUT),
        write: (stream, text) => streams[stream](text),
        guardCursor: restoreCursorOnExit,
      }
      : undefined,
    now: wallTime,
    readTextFile: (path) => readText(typeof path === "string" ? resolvePath(folder, path) : path),
    openFile: (path, options) => openFile(resolvePath(folder, path), options),
    env: envIfPermitted,
    onSignal(handler) {
      if (ignoresHangup) Deno.addSignalListener("SIGHUP", noop);
      const stops = signals.map((signal) => onSignal(signal, handler));
      return () => stops.forEach((stop) => stop());
    },
    onFirstSignal: (handler, delayMs) => scheduleSignalThread(signals, handler, delayMs),
    startSignalThread: (handler) => startSignalThread(signals, handler),
    onSuspend,
    onExit,
    onIdle: createIdleListener((line) => write("err", `${line}\n`)),
  };
}

/** A path that the user has typed starts from where that was, though the module may have gone elsewhere. */
function resolvePath(folder: string, path: string): string {
  return isAbsolute(path) || isCurrent(folder) ? path : `${folder}/${path}`;
}

function isCurrent(folder: string): boolean {
  try {
    return Deno.cwd() === folder;
  } catch {
    return false; // it was removed
  }
}

function streamInfo(stream: { isTerminal(): boolean }) {
  return { isTerminal: stream.isTerminal(), noColor: Deno.noColor, env: envIfPermitted };
}

const STDOUT = 1;

/** Whether what is written there is read by another program. */
function isPipe(stream: number): boolean {
  try {
    const facts = process.getBuiltinModule("node:fs").fstatSync(stream);
    return facts.isFIFO() || facts.isSocket();
  } catch {
    return false; // it is closed
  }
}

/** A terminal that does not know its size says that it has none. */
function size(): Size {
  try {
    const { columns, rows } = Deno.consoleSize();
    if (columns > 0 && rows > 0) return { columns, rows };
  } catch {
    // it has gone, or was never asked by anybody before: the usual size does
  }
  return { columns: 80, rows: 24 };
}

/** Calls `handler` at a signal instead of ending the process. Returns what stops that. */
export function onSignal<S extends Deno.Signal>(signal: S, handler: (signal: S) => void) {
  const listener = () => handler(signal);
  Deno.addSignalListener(signal, listener);
  return () => Deno.removeSignalListener(signal, listener);
}

/**
 * Whether a terminal that is closed is to mean nothing: `nohup` has the process ignore that. Deno ends the
 * process of it nevertheless, once anybody listens for any signal: it takes a listener that does nothing. Where
 * the system does not say, it tells that nothing is written to a terminal.
 */
function isHangupIgnored(isShown: boolean): boolean {
  if (Deno.build.os === "windows") return false;
  try {
    requirePermission("read", PROCESS_STATUS);
    const [, mask] = /^SigIgn:\s*\w*(\w)$/m.exec(Deno.readTextFileSync(PROCESS_STATUS))!;
    return parseInt(mask!, 16) % 2 === 1;
  } catch {
    return !isShown;
  }
}

const PROCESS_STATUS = "/proc/self/status";
const noop = () => {};

function onSuspend(handler: () => void): () => void {
  if (Deno.build.os === "windows") return () => {};
  return onSignal("SIGTSTP", () => {
    handler();
    Deno.kill(Deno.pid, "SIGSTOP"); // what the signal would have done; the process goes on from here
  });
}

/** An error that nobody catches ends the process without "unload". */
function onExit(handler: () => void): () => void {
  const listener = (event: Event) => {
    if (!event.defaultPrevented) handler();
  };
  const types = ["unload", "error", "unhandledrejection"];
  for (const type of types) globalThis.addEventListener(type, listener);
  return () => types.forEach((type) => globalThis.removeEventListener(type, listener));
}

/** What never comes, nobody waits for: a process without anything to do ends, and would end with 0. */
function createIdleListener(err: (line: string) => void): System["onIdle"] {
  let handler: (() => void) | undefined;
  globalThis.addEventListener("beforeunload", (event) => {
    if (handler === undefined) {
      err(
        "Error: Cannot continue: the module or one of its hooks awaits a promise that never settles",
      );
      Deno.exitCode = ExitCode.USAGE;
    } else {
      event.preventDefault(); // or the process ends
      handler();
    }
  });
  return (listener) => {
    handler = listener;
    return () => handler = undefined;
  };
}

const RESET_SEQUENCE = RESET_STYLE + WRAP_ON + ERASE_AFTER + SHOW_CURSOR;
const SHELL = "/bin/sh";
const SCRIPT = `trap '' HUP INT QUIT TERM TSTP TTOU; read -r _ || printf %s "$1" >&2`;

/**
 * From now on the cursor is looked after, where there is a shell that may be run.
 *
 * @returns Ends that.
 */
function restoreCursorOnExit(): () => void {
  if (Deno.build.os === "windows" || !isGranted({ name: "run", command: SHELL })) return () => {};
  try {
    const child = new Deno.Command(SHELL, {
      args: ["-c", SCRIPT, "thread-order", RESET_SEQUENCE],
      stdin: "piped",
      stdout: "null",
      stderr: "inherit",
    }).spawn();
    child.unref();
    return () => kill(child);
  } catch {
    return () => {}; // there is no shell, or no room for another process: then nobody looks after it
  }
}

function kill(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGKILL");
  } catch {
    // it has gone by itself
  }
}
