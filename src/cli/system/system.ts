/** The environment of the command: files, streams, signals. Tests pass a fake one. */
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

/**
 * The signals that the command handles. On Windows, a process cannot continue after SIGHUP.
 */
const EXIT_SIGNALS: readonly ExitSignal[] = Deno.build.os === "windows"
  ? ["SIGINT"]
  : ["SIGINT", "SIGTERM", "SIGHUP"];
/** The signals after which the terminal still exists. */
const SIGNALS_WITHOUT_HANGUP = EXIT_SIGNALS.filter((signal) => signal !== "SIGHUP");

/** Receives output instead of a stream. */
export interface OutputTarget {
  /** Writes text: whole lines, if people read it. */
  write(stream: Stream, text: string): void;
}

/** The environment of the command. */
export interface System {
  /** Absolute path of the current folder. */
  readonly folder: string;
  /**
   * Whether this process is a respawn of the command with the module's configuration.
   */
  readonly isRespawned?: boolean;
  /** Makes a respawned process end when its parent is gone. */
  readonly endWithParent?: (() => void) | undefined;
  /** The prestarted worker for the run, if any. */
  readonly prestartedWorker?: PrestartedWorker;
  /** Writes a line for people: task lines, logs, errors. */
  err(line: string): void;
  /** Writes a line of results. */
  out(line: string): void;
  /** Writes text for people without adding a line break. */
  errText(text: string): void;
  /** Writes results without adding a line break. */
  outText(text: string): void;
  /** Redirects all of this to a target; undefined ends the redirection. */
  redirectOutput(target: OutputTarget | undefined): void;
  /** Whether the standard error supports colors. */
  readonly isColored: boolean;
  /** Whether the standard output supports colors. */
  readonly isOutColored: boolean;
  /** Whether the standard output is a terminal. */
  readonly isOutTerminal: boolean;
  /** The terminal of the standard error, if it supports a live display. */
  readonly terminal: Terminal | undefined;
  /** The wall clock. */
  now(): Date;
  /**
   * Reads a text file by its path, relative to the folder, or its URL. Throws if it is not UTF-8.
   */
  readTextFile(path: string | URL): string;
  /**
   * Opens a file for writing, and creates its folders. It is truncated, unless the options keep its
   * content.
   */
  openFile(path: string, options?: OpenOptions): TextSink;
  /** Returns an environment variable, if it is set and readable. */
  env(name: string): string | undefined;
  /**
   * Calls `handler` at each signal instead of ending the process; an ignored SIGHUP stays ignored.
   *
   * @returns Removes the handler.
   */
  onSignal(handler: (signal: ExitSignal) => void): () => void;
  /**
   * Handles the first signal on a thread of its own: the second one ends the process even if this
   * thread is busy, and so does SIGHUP after a grace period.
   *
   * @param delayMs Delay before the thread is started, in milliseconds; until then a signal ends
   * the process.
   */
  onFirstSignal(handler: (signal: ExitSignal) => void, delayMs: number): SignalThreadHandle;
  /** Starts such a thread at once, and returns its states. */
  startSignalThread(handler: (signal: ExitSignal) => void): SignalThread;
  /**
   * Calls `handler` before the process is suspended (Ctrl-Z).
   *
   * @returns Removes the handler.
   */
  onSuspend(handler: () => void): () => void;
  /**
   * Calls `handler` when the process ends: normally, by an exit, or by an uncaught error.
   *
   * @returns Removes the handler.
   */
  onExit(handler: () => void): () => void;
  /**
   * Calls `handler` when the event loop is empty, instead of ending the process.
   *
   * @returns Removes the handler.
   */
  onIdle(handler: () => void): () => void;
}

/** Creates the environment of this process. */
export function denoSystem(): System {
  const endWithParent = initRespawned();
  const folder = Deno.cwd();
  const streams = {
    err: createStreamWriter(Deno.stderr, "standard error"),
    out: createStreamWriter(Deno.stdout, "standard output"),
  };
  const [err, out] = [streamInfo(Deno.stderr), streamInfo(Deno.stdout)];
  // Before any listener is added.
  const ignoresHangup = isHangupIgnored(err.isTerminal || out.isTerminal);
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

/**
 * Resolves a path of the user's against the initial folder: the module may have changed the current
 * one.
 */
function resolvePath(folder: string, path: string): string {
  return isAbsolute(path) || isCurrent(folder) ? path : `${folder}/${path}`;
}

function isCurrent(folder: string): boolean {
  try {
    return Deno.cwd() === folder;
  } catch {
    return false; // the folder was removed
  }
}

function streamInfo(stream: { isTerminal(): boolean }) {
  return { isTerminal: stream.isTerminal(), noColor: Deno.noColor, env: envIfPermitted };
}

const STDOUT = 1;

/** Whether another program reads a stream. */
function isPipe(stream: number): boolean {
  try {
    const facts = process.getBuiltinModule("node:fs").fstatSync(stream);
    return facts.isFIFO() || facts.isSocket();
  } catch {
    return false; // the stream is closed
  }
}

/** The size of the terminal. Some terminals report 0. */
function size(): Size {
  try {
    const { columns, rows } = Deno.consoleSize();
    if (columns > 0 && rows > 0) return { columns, rows };
  } catch {
    // the terminal is gone, or has no size
  }
  return { columns: 80, rows: 24 };
}

/** Calls `handler` at a signal instead of ending the process. Returns its removal. */
export function onSignal<S extends Deno.Signal>(signal: S, handler: (signal: S) => void) {
  const listener = () => handler(signal);
  Deno.addSignalListener(signal, listener);
  return () => Deno.removeSignalListener(signal, listener);
}

/**
 * Whether SIGHUP is ignored, as by `nohup`. Deno ends an ignoring process nevertheless, once it
 * listens for any signal, so it needs a listener that does nothing. If the system does not reveal
 * it, a process that writes to no terminal counts as ignoring it.
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
    Deno.kill(Deno.pid, "SIGSTOP"); // the default action; the process resumes here
  });
}

/** Listens for errors, too: an uncaught error ends the process without "unload". */
function onExit(handler: () => void): () => void {
  const listener = (event: Event) => {
    if (!event.defaultPrevented) handler();
  };
  const types = ["unload", "error", "unhandledrejection"];
  for (const type of types) globalThis.addEventListener(type, listener);
  return () => types.forEach((type) => globalThis.removeEventListener(type, listener));
}

/**
 * Handles an empty event loop, as with a promise that never settles: the process would end with 0.
 */
function createIdleListener(err: (line: string) => void): System["onIdle"] {
  let handler: (() => void) | undefined;
  globalThis.addEventListener("beforeunload", (event) => {
    if (handler === undefined) {
      err(
        "Error: Cannot continue: the module or one of its hooks awaits a promise that never settles",
      );
      Deno.exitCode = ExitCode.USAGE;
    } else {
      event.preventDefault(); // keeps the process alive
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
 * Starts a shell that restores the terminal's cursor if this process is killed, if that is
 * permitted.
 *
 * @returns Ends the shell.
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
    return () => {}; // there is no shell, or no process can be started
  }
}

function kill(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGKILL");
  } catch {
    // the shell has exited
  }
}
