/** One process of a pool, from its start to its end. */
import { InternalError } from "../base/assert.ts";
import { settlesWithin } from "../runtime/settles_within.ts";
import { type ErrorRecord, recordError } from "../base/error_record.ts";
import { killDescendants } from "../spawn/process_tree.ts";
import { writeAll } from "../base/write_all.ts";
import type { TaskPermissions } from "../task/task_permissions.ts";
import {
  type FromProcess,
  pathsOf,
  type ProcessStart,
  type RpcResponse,
  type ToProcess,
} from "./ipc_protocol.ts";
import { partUrl } from "../runtime/package.ts";
import { frameOf, newKey } from "./framing.ts";
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
  printed(handle: ProcessHandle, channel: "stdout" | "stderr", line: string): void;
  /** The process is gone, and not because we ended it. */
  gone(handle: ProcessHandle, error: ErrorRecord): void;
  /** Whether running tasks are to end. */
  isAborted(): boolean;
}

/** What a process is started with. */
export interface ProcessHandleOptions {
  readonly house: ProcessHub;
  /** Its place in the state. */
  readonly seat: StateSession;
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
  runs = 0;
  /** Resolves when it is gone, and nothing more will be heard of it. */
  readonly ended: Promise<void>;
  readonly #parts: ProcessHandleOptions;
  readonly #listener: ProcessListener;
  readonly #seat: StateSession;
  readonly #desk: RpcServer;
  readonly #key = newKey();
  readonly #mark = `\u001e${crypto.randomUUID()}`;
  readonly #silent = Promise.withResolvers<void>();
  readonly #early: Uint8Array[] = [];
  #child: Deno.ChildProcess | undefined;
  #down: Deno.FsFile | undefined;
  #answers: Deno.FsFile | undefined;
  #streams: { stdout: OutputLines; stderr: OutputLines } | undefined;
  /** We ended it, or it has ended: it is not heard any more. */
  #isOver = false;

  constructor(parts: ProcessHandleOptions, listener: ProcessListener) {
    this.id = parts.id;
    this.lane = parts.lane;
    this.#parts = parts;
    this.#listener = listener;
    this.#seat = parts.seat;
    this.#desk = new RpcServer({
      seat: this.#seat,
      isAborted: () => listener.isAborted(),
      reply: (answer) => this.#reply(answer),
      post: (message) => this.post(message),
    });
    this.ended = this.#live();
  }

  /** Says something to its event loop. */
  post(message: ToProcess): void {
    if (this.#isOver) return;
    const frame = frameOf(message);
    if (this.#down === undefined) this.#early.push(frame);
    else writeDown(this.#down, frame);
  }

  /** Resolves when everything has come that its streams held when it marked them. */
  async marked(streams: readonly ("stdout" | "stderr")[]): Promise<void> {
    await Promise.all(streams.map((name) => this.#streams?.[name].marked()));
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
    if (this.#isOver) return;
    this.#leave();
    if (this.#child) killProcessGroup(this.#child);
  }

  receive(message: FromProcess, bytes: Uint8Array): void {
    if (this.#isOver) return;
    switch (message.type) {
      case "hello":
        return this.#haveListener();
      case "ask":
        return this.#desk.answer(message.count, message.question, bytes);
      case "wantLock":
        this.#desk.lockLater(message.wait);
        return;
      case "release":
        return this.#seat.release(message.term);
      case "reached":
        return this.#seat.reached(message.generation);
      default:
        return this.#listener.message(this, message);
    }
  }

  look(): void {
    this.post({ type: "look" });
  }

  silent(): void {
    this.#silent.resolve();
  }

  async #live(): Promise<void> {
    const { house } = this.#parts;
    try {
      const child = await this.#start();
      if (this.#isOver) killProcessGroup(child);
      const status = await child.status;
      house.keeper.drop(child.pid);
      // All that it has said, and printed, comes before its end.
      await house.leave(this.#key);
      await this.#silent.promise;
      const { stdout, stderr } = this.#streams!;
      if (!this.#isOver) await settlesWithin(Promise.all([stdout.ended, stderr.ended]), STREAMS_MS);
      this.#lose(diagnoseExit(status, stderr.tail));
    } catch (error) {
      this.#lose(recordError(error));
    } finally {
      this.#down?.close();
      this.#answers?.close();
      await Promise.all([this.#streams?.stdout.cancel(), this.#streams?.stderr.cancel()]);
    }
  }

  async #start(): Promise<Deno.ChildProcess> {
    const { house, id, lane, permissions, modules } = this.#parts;
    const { folder, keeper } = house;
    const [options] = await Promise.all([house.options, keeper.pipes(id)]);
    const paths = pathsOf(folder, id);
    house.enter(this.#key, this);
    // For both, until it has opened them: then writing to it fails when it is gone, instead of waiting.
    this.#down = Deno.openSync(paths.down, { read: true, write: true });
    this.#answers = Deno.openSync(paths.answers, { read: true, write: true });
    for (const frame of this.#early.splice(0)) writeDown(this.#down, frame);
    const state = this.#seat.start(folder);
    const [key, mark] = [this.#key, this.#mark];
    const start: ProcessStart = { id, key, lane, state, parent: Deno.pid, mark };
    Deno.writeTextFileSync(paths.entry, entryModuleSource(folder, modules), { mode: 0o600 });
    const flags = [...commonFlags(options), ...permissionFlags(options, permissions, folder)];
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", ...flags, paths.entry, ...Deno.args],
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
      detached: true,
    }).spawn();
    keeper.keep(child.pid);
    handOver(child, plainJson(start));
    this.#child = child;
    this.#streams = {
      stdout: this.#lines("stdout", child.stdout),
      stderr: this.#lines("stderr", child.stderr),
    };
    return child;
  }

  #lines(channel: "stdout" | "stderr", stream: ReadableStream<Uint8Array>): OutputLines {
    return new OutputLines(stream, this.#mark, (line) => {
      if (!this.#isOver) this.#listener.printed(this, channel, line);
    });
  }

  /** It has opened its pipes: from now on we only write to them. */
  #haveListener(): void {
    const paths = pathsOf(this.#parts.house.folder, this.id);
    const [down, answers] = [this.#down, this.#answers];
    this.#down = Deno.openSync(paths.down, { write: true });
    this.#answers = Deno.openSync(paths.answers, { write: true });
    down?.close();
    answers?.close();
  }

  #reply(answer: RpcResponse): void {
    if (this.#answers === undefined) throw new InternalError("A process asks before it listens");
    writeDown(this.#answers, frameOf(answer));
  }

  #leave(): void {
    this.#isOver = true;
    this.#desk.close();
    this.#seat.leave();
  }

  #lose(error: ErrorRecord): void {
    if (this.#isOver) return;
    this.#leave();
    this.#listener.gone(this, error);
  }
}

/** Gives a process all that comes by its standard input. One that has ended before is told of by its end. */
async function handOver({ stdin }: Deno.ChildProcess, text: string): Promise<void> {
  await new Blob([text]).stream().pipeTo(stdin).catch(() => {});
}

/** Writes a frame, unless nobody reads any more: then the end of the process is on its way to us. */
function writeDown(pipe: Deno.FsFile, frame: Uint8Array): void {
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
  const work = partUrl("workers/task_process").href;
  const text = (value: unknown) => JSON.stringify(value);
  return [
    `import { startTaskProcess } from ${text(work)};`,
    `startTaskProcess(${text(folder)}, {`,
    ...modules.map((url) => `  ${text(url)}: () => import(${text(url)}),`),
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
