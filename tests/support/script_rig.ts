/** Calls the Lua scripts on a server of their own. */
import {
  Connections,
  engineUrl,
  type ScriptArgument,
  type ScriptReply,
} from "../../src/engine/redis/connections.ts";
import { runKey } from "../../src/engine/engine_protocol.ts";
import type { ScriptName } from "../../src/engine/redis/redis_scripts.ts";
import { type Program, Server } from "./servers.ts";

/** A server, and a run on it. */
export class ScriptRig implements AsyncDisposable {
  readonly connections: Connections;
  readonly key = runKey("test");
  readonly #server: Server;

  private constructor(server: Server, connections: Connections) {
    this.#server = server;
    this.connections = connections;
  }

  static async start(program: Program): Promise<ScriptRig> {
    const server = await Server.start(program);
    return new ScriptRig(server, await Connections.open(engineUrl(server.url), () => {}));
  }

  /**
   * Calls a script twice, as a client does after a broken connection, and asserts that both replies
   * are the same.
   */
  async call(name: ScriptName, ...args: ScriptArgument[]): Promise<ScriptReply> {
    const first = await this.connections.runScript(name, this.key, ...args);
    const before = await this.dump();
    const second = await this.connections.runScript(name, this.key, ...args);
    const isSame = JSON.stringify(first.map(String)) === JSON.stringify(second.map(String));
    if (!isSame) throw new Error(`${name}: first ${first}, then ${second}`);
    const after = await this.dump();
    if (before !== after) throw new Error(`${name} has its effect twice:\n${before}\n${after}`);
    return second;
  }

  /** Starts a run with the workers `w` and `v`. */
  async startRun(): Promise<void> {
    await this.call("claimRun", "driver", 5_000);
    await this.call("open", "driver", 5_000, 60_000, '{"names":[]}', 1, "snapshot");
    await this.call("announce", "driver", "{}");
    for (const id of ["w", "v"]) await this.call("join", id, 5_000, "{}", `{"joined":"${id}"}`);
  }

  /** The entries of a stream. */
  async stream(name: string): Promise<string[]> {
    const entries = await this.connections.main.xrange(`${this.key}:${name}`, "-", "+");
    return entries.map(([, fields]) => fields[1]!);
  }

  /** All keys and values, without times. */
  async dump(): Promise<string> {
    const { main } = this.connections;
    const all: unknown[] = [];
    for (const key of (await main.keys("*")).sort()) {
      switch (await main.type(key)) {
        case "hash": {
          const { expiresAt: _, ...fields } = await main.hgetall(key);
          all.push([key, fields]);
          break;
        }
        case "set":
          all.push([key, (await main.smembers(key)).sort()]);
          break;
        case "list":
          all.push([key, await main.lrange(key, 0, -1)]);
          break;
        case "stream":
          all.push([key, await main.xrange(key, "-", "+")]);
          break;
        default:
          all.push([key, await main.get(key)]);
      }
    }
    return JSON.stringify(all);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.connections[Symbol.dispose]();
    await this.#server[Symbol.asyncDispose]();
  }
}
