/**
 * A proxy between one client and a Redis server that stops at a script: to kill the client in the
 * middle of a message, or to lose the reply.
 */
import { createHash } from "node:crypto";
import { type ScriptName, SCRIPTS, scriptText } from "../../src/engine/redis/redis_scripts.ts";

/** Scripts of BullMQ, by their numbers of keys. */
const QUEUE_SCRIPTS = { 9: "addStandardJob", 11: "moveToActive", 14: "moveToFinished" } as const;

/** A script of the engine or of its queue. */
export type ScriptPoint = ScriptName | typeof QUEUE_SCRIPTS[keyof typeof QUEUE_SCRIPTS];

/**
 * `request`: the server does not get the call. `reply`: the server executes the call, and the
 * client does not get the reply.
 */
export type Moment = "request" | "reply";

/** The call at which a proxy stops. */
export interface StopOptions {
  readonly script: ScriptPoint;
  readonly moment: Moment;
  /** Number of the call, from 1; calls of a script that the server does not have do not count. */
  readonly call?: number;
}

const sha1 = (text: string) => createHash("sha1").update(text).digest("hex");
const names = new Map<string, ScriptPoint>(
  Object.keys(SCRIPTS).map((name) => [sha1(scriptText(name as ScriptName)), name as ScriptName]),
);

/** A proxy that closes the connection of one call of a script. Other connections stay. */
export class ScriptProxy implements Disposable {
  /** Resolves when the connection is closed at the script. */
  readonly stopped: Promise<void>;
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #open = new Set<Deno.Conn>();
  readonly #loaded = new Set<string>();
  readonly #stopped = Promise.withResolvers<void>();
  readonly #options: StopOptions;
  #left: number;

  /** @param to The URL of the server. */
  constructor(to: string, options: StopOptions) {
    this.stopped = this.#stopped.promise;
    this.#options = options;
    this.#left = options.call ?? 1;
    this.#accept(Number(new URL(to).port));
  }

  /** The URL for the client. */
  get url(): string {
    return `redis://127.0.0.1:${this.#listener.addr.port}`;
  }

  /** Closes all connections. */
  [Symbol.dispose](): void {
    this.#listener.close();
    for (const end of this.#open) this.#close(end);
  }

  async #accept(port: number): Promise<void> {
    for await (const near of this.#listener) {
      const far = await Deno.connect({ hostname: "127.0.0.1", port });
      this.#open.add(near).add(far);
      const commands = new CommandReader();
      this.#pass(near, (part) => this.#onRequest(commands.read(part), near, far), far);
      this.#pass(far, (part) => writeAll(near, part), near);
    }
  }

  async #pass(
    from: Deno.Conn,
    forward: (part: Uint8Array) => Promise<void>,
    to: Deno.Conn,
  ): Promise<void> {
    const part = new Uint8Array(65_536);
    try {
      for (;;) {
        const count = await from.read(part);
        if (count === null) break;
        await forward(part.slice(0, count));
      }
    } catch {
      // an end is closed
    }
    this.#close(from);
    this.#close(to);
  }

  async #onRequest(commands: readonly Command[], near: Deno.Conn, far: Deno.Conn): Promise<void> {
    for (const { args, bytes } of commands) {
      if (!this.#isStop(args)) {
        await writeAll(far, bytes);
        continue;
      }
      const { moment } = this.#options;
      this.#close(near); // the reply has nowhere to go
      if (moment === "reply") await writeAll(far, bytes);
      this.#stopped.resolve();
      return;
    }
  }

  #isStop(args: readonly string[]): boolean {
    const [command = "", script = "", keys] = args;
    const isText = command.toLowerCase() === "eval";
    if (!isText && command.toLowerCase() !== "evalsha") return false;
    const sha = isText ? sha1(script) : script;
    if (isText) this.#loaded.add(sha);
    else if (!this.#loaded.has(sha)) return false;
    const name = names.get(sha) ?? QUEUE_SCRIPTS[Number(keys) as keyof typeof QUEUE_SCRIPTS];
    return name === this.#options.script && --this.#left === 0;
  }

  #close(end: Deno.Conn): void {
    if (this.#open.delete(end)) end.close();
  }
}

async function writeAll(to: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await to.write(bytes.subarray(at));
}

/** A command, and the bytes that it was read from. */
interface Command {
  readonly args: readonly string[];
  readonly bytes: Uint8Array;
}

/** Reads the commands of a client: arrays of strings, in the protocol of Redis. */
class CommandReader {
  #rest: Uint8Array = new Uint8Array(0);

  /** Returns the commands that are complete now. */
  read(part: Uint8Array): Command[] {
    const bytes = new Uint8Array(this.#rest.length + part.length);
    bytes.set(this.#rest);
    bytes.set(part, this.#rest.length);
    const commands: Command[] = [];
    let start = 0;
    for (let end = start; (end = this.#endOf(bytes, start, commands)) > 0;) start = end;
    this.#rest = bytes.slice(start);
    return commands;
  }

  /** Reads one command. Returns its end, or 0 if it is not complete. */
  #endOf(bytes: Uint8Array, start: number, commands: Command[]): number {
    let at = start;
    const number = () => {
      const end = bytes.indexOf(13, at);
      if (end < 0 || end + 2 > bytes.length) return -1;
      const value = Number(decoder.decode(bytes.subarray(at + 1, end)));
      at = end + 2;
      return value;
    };
    const count = number();
    if (count < 0) return 0;
    const args: string[] = [];
    for (let arg = 0; arg < count; arg++) {
      const length = number();
      if (length < 0 || at + length + 2 > bytes.length) return 0;
      args.push(decoder.decode(bytes.subarray(at, at + length)));
      at += length + 2;
    }
    commands.push({ args, bytes: bytes.slice(start, at) });
    return at;
  }
}

const decoder = new TextDecoder();
