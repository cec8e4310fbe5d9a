/** A task process, from its start to its exit. */
import { InternalError } from "../base/assert.ts";
import { settlesWithin } from "../runtime/settles_within.ts";
import { type ErrorRecord, recordError } from "../base/error_record.ts";
import { killDescendants } from "../spawn/kill_descendants.ts";
import { writeAll } from "../base/write_all.ts";
import type { TaskPermissions } from "../task/task_permissions.ts";
import {
  type FromProcess,
  processPaths,
  type ProcessStart,
  type RpcResponse,
  type ToProcess,
} from "./ipc_protocol.ts";
import { partUrl } from "../runtime/package.ts";
import { createPeerKey, encodeFrame } from "./framing.ts";
import type { ProcessHub, ProcessPeer } from "./process_hub.ts";
import type { Executor, ExecutorListener } from "./executor.ts";
import { commonFlags } from "../spawn/inherited_flags.ts";
import { permissionFlags } from "../spawn/permission_flags.ts";
import { killProcessGroup } from "../spawn/kill_process_group.ts";
import { plainJson } from "./plain_json.ts";
import { OutputLines } from "./output_lines.ts";
import { RpcServer } from "./rpc_server.ts";
import type { StateSession } from "./state_session.ts";

/** Options of a process. */
export interface ProcessHandleOptions {
  readonly hub: ProcessHub;
  /** The main process's side of its access to the state. */
  readonly session: StateSession;
  readonly id: number;
  readonly lane: number;
  /** Its permissions; undefined for those of the main process. */
  readonly permissions: TaskPermissions | undefined;
  /** The modules that it may be asked to import. */
  readonly modules: readonly string[];
}

/** Time for the remaining output of an exited process's children, in milliseconds. */
const STREAMS_MS = 500;

/**
 * A task process as the main process sees it: its pipes, its streams, and its session in the state.
 */
export class ProcessHandle implements Executor, ProcessPeer {
  readonly noun = "process";
  readonly id: number;
  readonly lane: number;
  isReady = false;
  hasBeenReady = false;
  isAwaitingAck = false;
  runCount = 0;
  readonly exited: Promise<void>;
  readonly #options: ProcessHandleOptions;
  readonly #listener: ExecutorListener;
  readonly #session: StateSession;
  readonly #rpc: RpcServer;
  readonly #key = createPeerKey();
  readonly #sentinel = `\u001e${crypto.randomUUID()}`;
  readonly #disconnected = Promise.withResolvers<void>();
  readonly #queued: Uint8Array[] = [];
  #child: Deno.ChildProcess | undefined;
  #commands: Deno.FsFile | undefined;
  #responses: Deno.FsFile | undefined;
  #streams: { stdout: OutputLines; stderr: OutputLines } | undefined;
  /** Whether it was killed or has exited: its events are ignored. */
  #isClosed = false;

  constructor(options: ProcessHandleOptions, listener: ExecutorListener) {
    this.id = options.id;
    this.lane = options.lane;
    this.#options = options;
    this.#listener = listener;
    this.#session = options.session;
    this.#rpc = new RpcServer({
      session: this.#session,
      isAborted: () => listener.isAborted(),
      reply: (response) => this.#respond(response),
      post: (message) => this.post(message),
    });
    this.exited = this.#supervise();
  }

  post(message: ToProcess): void {
    if (this.#isClosed) return;
    const frame = encodeFrame(message);
    if (this.#commands === undefined) this.#queued.push(frame);
    else writeFrame(this.#commands, frame);
  }

  async sentinelsRead(streams: readonly ("stdout" | "stderr")[]): Promise<void> {
    await Promise.all(streams.map((name) => this.#streams?.[name].nextSentinel()));
  }

  /**
   * Kills the descendants of its task, also in sessions of their own. The process is stopped, so
   * that it starts no others.
   */
  killDescendants(): void {
    if (!this.#child) return;
    try {
      this.#child.kill("SIGSTOP");
    } catch {
      // The process has already ended.
    }
    killDescendants(this.#child.pid);
  }

  /** Kills the process and its process group. */
  kill(): void {
    if (this.#isClosed) return;
    this.#close();
    if (this.#child) killProcessGroup(this.#child);
  }

  receive(message: FromProcess, bytes: Uint8Array): void {
    if (this.#isClosed) return;
    if (message.type === "hello") return this.#reopenPipes();
    if (!this.#rpc.receive(message, bytes)) this.#listener.message(this, message, bytes);
  }

  catchUp(): void {
    this.post({ type: "catch-up" });
  }

  disconnected(): void {
    this.#disconnected.resolve();
  }

  async #supervise(): Promise<void> {
    const { hub } = this.#options;
    try {
      const child = await this.#start();
      if (this.#isClosed) killProcessGroup(child);
      const status = await child.status;
      hub.reaper.unregister(child.pid);
      // All its messages and output precede its end.
      await hub.unregister(this.#key);
      await this.#disconnected.promise;
      const { stdout, stderr } = this.#streams!;
      if (!this.#isClosed) {
        await settlesWithin(Promise.all([stdout.ended, stderr.ended]), STREAMS_MS);
      }
      this.#reportLost(diagnoseExit(status, stderr.tail));
    } catch (error) {
      this.#reportLost(recordError(error));
    } finally {
      this.#commands?.close();
      this.#responses?.close();
      await Promise.all([this.#streams?.stdout.cancel(), this.#streams?.stderr.cancel()]);
    }
  }

  async #start(): Promise<Deno.ChildProcess> {
    const { hub, id, lane, permissions, modules } = this.#options;
    const { folder, reaper } = hub;
    const [startOptions] = await Promise.all([hub.options, reaper.createPipes(id)]);
    const paths = processPaths(folder, id);
    hub.register(this.#key, this);
    // Opened for reading, too, until the process has opened them: a write does not block, and
    // fails when the process is gone.
    this.#commands = Deno.openSync(paths.down, { read: true, write: true });
    this.#responses = Deno.openSync(paths.responses, { read: true, write: true });
    for (const frame of this.#queued.splice(0)) writeFrame(this.#commands, frame);
    const state = this.#session.start(folder);
    const [key, sentinel] = [this.#key, this.#sentinel];
    const start: ProcessStart = { id, key, lane, state, parentPid: Deno.pid, sentinel };
    Deno.writeTextFileSync(paths.entry, entryModuleSource(folder, modules), { mode: 0o600 });
    const flags = [
      ...commonFlags(startOptions),
      ...permissionFlags(startOptions, permissions, folder),
    ];
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", ...flags, paths.entry, ...Deno.args],
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
      detached: true,
    }).spawn();
    reaper.register(child.pid);
    writeInput(child, plainJson(start));
    this.#child = child;
    this.#streams = {
      stdout: this.#lines("stdout", child.stdout),
      stderr: this.#lines("stderr", child.stderr),
    };
    return child;
  }

  #lines(channel: "stdout" | "stderr", stream: ReadableStream<Uint8Array>): OutputLines {
    return new OutputLines(stream, this.#sentinel, (line) => {
      if (!this.#isClosed) this.#listener.output(this, channel, line);
    });
  }

  /** Reopens the pipes for writing alone: the process has opened them. */
  #reopenPipes(): void {
    const paths = processPaths(this.#options.hub.folder, this.id);
    const [commands, responses] = [this.#commands, this.#responses];
    this.#commands = Deno.openSync(paths.down, { write: true });
    this.#responses = Deno.openSync(paths.responses, { write: true });
    commands?.close();
    responses?.close();
  }

  #respond(response: RpcResponse): void {
    if (this.#responses === undefined) {
      throw new InternalError("A process sent a request before its hello");
    }
    writeFrame(this.#responses, encodeFrame(response));
  }

  #close(): void {
    this.#isClosed = true;
    this.#rpc.close();
    this.#session.close();
  }

  #reportLost(error: ErrorRecord): void {
    if (this.#isClosed) return;
    this.#close();
    this.#listener.lost(this, error);
  }
}

/**
 * Writes the whole standard input. If the process has already ended, its exit is reported instead.
 */
async function writeInput({ stdin }: Deno.ChildProcess, text: string): Promise<void> {
  await new Blob([text]).stream().pipeTo(stdin).catch(() => {});
}

/**
 * Writes a frame. A broken pipe is ignored: the process has exited, which is reported separately.
 */
function writeFrame(pipe: Deno.FsFile, frame: Uint8Array): void {
  try {
    writeAll(pipe, frame);
  } catch (error) {
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}

/**
 * Returns the program of a process. Its imports name the user's modules literally: Deno loads these
 * as part of the program, which needs no read permission.
 */
function entryModuleSource(folder: string, modules: readonly string[]): string {
  const entry = partUrl("workers/task_process").href;
  const quote = (value: unknown) => JSON.stringify(value);
  return [
    `import { startTaskProcess } from ${quote(entry)};`,
    `startTaskProcess(${quote(folder)}, {`,
    ...modules.map((url) => `  ${quote(url)}: () => import(${quote(url)}),`),
    "});",
    "",
  ].join("\n");
}

/** V8's message before it aborts the process. */
const OUT_OF_MEMORY = /JavaScript heap out of memory|Fatal (process|JavaScript) out of memory/;

/**
 * Determines why a process exited by itself.
 *
 * @param printed Its latest output on standard error.
 */
export function diagnoseExit(status: Deno.CommandStatus, printed: string): ErrorRecord {
  const { code, signal } = status;
  const how = signal === null ? `exit code ${code}` : `exit code ${code}, ${signal}`;
  if (OUT_OF_MEMORY.test(printed)) {
    return {
      type: "OutOfMemoryError",
      message: `the process ran out of memory (${how}); --v8-flags=--max-old-space-size=<MiB> ` +
        "raises its limit",
    };
  }
  const message = signal === "SIGKILL"
    ? `the process was killed (${how}), by a user or by the system for lack of memory`
    : signal === null
    ? `the process exited by itself (${how})`
    : `the process was terminated by a signal (${how})`;
  return { type: "ProcessLostError", message };
}
