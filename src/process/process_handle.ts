/** One process of a pool, from its start to its end. */
import { InternalError } from "../base/assert.ts";
import { settlesWithin } from "../runtime/settles_within.ts";
import { type ErrorRecord, recordError } from "../base/error_record.ts";
import { killDescendants } from "../spawn/process_tree.ts";
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
import { commonFlags } from "../spawn/inherited_flags.ts";
import { permissionFlags } from "../spawn/permission_flags.ts";
import { killProcessGroup } from "../spawn/kill_process_group.ts";
import { plainJson } from "./plain_json.ts";
import { OutputLines } from "./output_lines.ts";
import { RpcServer } from "./rpc_server.ts";
import type { StateSession } from "./state_session.ts";

/** Hears a process. */
export interface ProcessListener {
  message(handle: ProcessHandle, message: FromProcess): void;
  /** A line on a standard stream that was not printed by its own console. */
  output(handle: ProcessHandle, channel: "stdout" | "stderr", line: string): void;
  /** The process is gone, and not because we ended it. */
  lost(handle: ProcessHandle, error: ErrorRecord): void;
  /** Whether running tasks are to end. */
  isAborted(): boolean;
}

/** What a process is started with. */
export interface ProcessHandleOptions {
  readonly hub: ProcessHub;
  /** Its place in the state. */
  readonly session: StateSession;
  readonly id: number;
  readonly lane: number;
  /** What it may do; undefined for all that the main process may. */
  readonly permissions: TaskPermissions | undefined;
  /** The modules that it will be asked to import. */
  readonly modules: readonly string[];
}

/** What children of a process that has ended may still have to say, they have this long for. */
const STREAMS_MS = 500;

/** See the head of this file. */
export class ProcessHandle implements ProcessPeer {
  readonly id: number;
  readonly lane: number;
  /** Whether it has the code of the run at hand. */
  isReady = false;
  /** Whether it has had the code of any: then another in its place would, too. */
  hasBeenReady = false;
  /** Whether it was kept for the run at hand, and has not heard of it yet. */
  isAwaitingAck = false;
  /** How many runs it was given. */
  runCount = 0;
  /** Resolves when it is gone, and nothing more will be heard of it. */
  readonly exited: Promise<void>;
  readonly #options: ProcessHandleOptions;
  readonly #listener: ProcessListener;
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
  /** We ended it, or it has ended: it is not heard any more. */
  #isClosed = false;

  constructor(options: ProcessHandleOptions, listener: ProcessListener) {
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

  /** Says something to its event loop. */
  post(message: ToProcess): void {
    if (this.#isClosed) return;
    const frame = encodeFrame(message);
    if (this.#commands === undefined) this.#queued.push(frame);
    else writeFrame(this.#commands, frame);
  }

  /** Resolves when everything has come that its streams held when it marked them. */
  async sentinelsRead(streams: readonly ("stdout" | "stderr")[]): Promise<void> {
    await Promise.all(streams.map((name) => this.#streams?.[name].nextSentinel()));
  }

  /** Kills what its task has started, also in sessions of its own. It is stopped, and starts nothing more. */
  killDescendants(): void {
    if (!this.#child) return;
    try {
      this.#child.kill("SIGSTOP");
    } catch {
      // it has ended by itself
    }
    killDescendants(this.#child.pid);
  }

  /** Ends it, together with what it has started in its own group. */
  kill(): void {
    if (this.#isClosed) return;
    this.#close();
    if (this.#child) killProcessGroup(this.#child);
  }

  receive(message: FromProcess, bytes: Uint8Array): void {
    if (this.#isClosed) return;
    switch (message.type) {
      case "hello":
        return this.#reopenPipes();
      case "request":
        return this.#rpc.handle(message.id, message.request, bytes);
      case "lock-request":
        this.#rpc.grantLock(message.wait);
        return;
      case "release":
        return this.#session.release(message.term);
      case "log-ack":
        return this.#session.acknowledgeLog(message.generation);
      default:
        return this.#listener.message(this, message);
    }
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
      // All that it has said, and printed, comes before its end.
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
    // For both, until it has opened them: then writing to it fails when it is gone, instead of waiting.
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

  /** It has opened its pipes: from now on we only write to them. */
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

/** Gives a process all that comes by its standard input. One that has ended before is told of by its end. */
async function writeInput({ stdin }: Deno.ChildProcess, text: string): Promise<void> {
  await new Blob([text]).stream().pipeTo(stdin).catch(() => {});
}

/** Writes a frame, unless nobody reads any more: then the end of the process is on its way to us. */
function writeFrame(pipe: Deno.FsFile, frame: Uint8Array): void {
  try {
    writeAll(pipe, frame);
  } catch (error) {
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}

/**
 * The program of a process. It names the user's modules in imports that stand there as they are: so Deno
 * loads them as part of the program, for which no permission to read is needed.
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

/** What V8 says before it ends the process. */
const OUT_OF_MEMORY = /JavaScript heap out of memory|Fatal (process|JavaScript) out of memory/;

/**
 * Says what a process died of that nobody ended.
 *
 * @param printed The last of what it printed on standard error.
 */
export function diagnoseExit(status: Deno.CommandStatus, printed: string): ErrorRecord {
  const { code, signal } = status;
  const how = signal === null ? `exit code ${code}` : `exit code ${code}, ${signal}`;
  if (OUT_OF_MEMORY.test(printed)) {
    return {
      type: "OutOfMemoryError",
      message: `its process ran out of memory (${how}): --v8-flags=--max-old-space-size=<MiB> ` +
        "gives it more",
    };
  }
  const message = signal === "SIGKILL"
    ? `its process was killed (${how}), by somebody or by the system for want of memory`
    : signal === null
    ? `its process ended by itself (${how})`
    : `its process was ended by a signal (${how})`;
  return { type: "ProcessLostError", message };
}
