/** A driver and its workers, as processes on this machine, with a server of their own. */
import {
  type CommandOptions,
  type Ended,
  RunningCommand,
  tdrunLine,
  TestSpace,
} from "./command.ts";
import { type Program, Server, type ServerOptions } from "./servers.ts";

/** Time limit of a command in milliseconds: other tests run at the same time. */
const LIMIT_MS = 120_000;

/** The start of a module whose tasks note that they run, and wait for a file. */
export const WAITING = `
import { existsSync } from "node:fs";
const go = async (file) => { while (!existsSync(file)) await new Promise((r) => setTimeout(r, 20)); };
const note = (name) => Deno.writeTextFileSync("ran.txt", name + "\\n", { append: true });
`;

/** Options of a process of the rig. */
export interface RigOptions extends CommandOptions {
  /** The command that starts the process, such as `ip netns exec`. */
  readonly through?: readonly string[];
}

/**
 * A server, a folder with a module, and the processes that use them.
 *
 * ```ts ignore
 * await using rig = await EngineRig.start("redis-server", `export const a = mark(() => 1);`);
 * await rig.worker();
 * const { code } = await rig.drive().ended;
 * ```
 */
export class EngineRig implements AsyncDisposable {
  readonly server: Server;
  readonly space: TestSpace;
  readonly #running: RunningCommand[] = [];

  private constructor(server: Server, space: TestSpace) {
    this.server = server;
    this.space = space;
  }

  /** Starts a server, and writes `module.ts` with an import of the library. */
  static async start(
    program: Program,
    module: string,
    options: ServerOptions = {},
  ): Promise<EngineRig> {
    const server = await Server.start(program, options);
    const space = await TestSpace.create();
    await space.module("module.ts", module);
    return new EngineRig(server, space);
  }

  /** Starts a worker. Resolves when it waits for runs. */
  async worker(args: readonly string[] = [], options: RigOptions = {}): Promise<RunningCommand> {
    const worker = this.run(
      ["worker", "module.ts", `--engine=${this.server.url}`, ...args],
      options,
    );
    await worker.waitFor("Waiting for runs");
    return worker;
  }

  /** Starts a driver. */
  drive(args: readonly string[] = [], options: RigOptions = {}): RunningCommand {
    return this.run(["module.ts", `--engine=${this.server.url}`, ...args], options);
  }

  /** Runs the module on some workers, from start to end. */
  async whole(
    args: readonly string[] = [],
    workers: readonly (readonly string[])[] = [["--workers=3"]],
  ): Promise<Ended> {
    const started = await Promise.all(workers.map((it) => this.worker(it)));
    const ended = await this.drive(args).ended;
    for (const worker of started) {
      worker.kill("SIGTERM");
      await worker.ended;
    }
    return ended;
  }

  /** The names that tasks of {@linkcode WAITING} have noted. */
  ran(): string[] {
    return Deno.readTextFileSync(`${this.space.folder}/ran.txt`).trim().split("\n");
  }

  /** The state that a driver with `--state-out=state.json` has written. */
  async state() {
    return JSON.parse(await Deno.readTextFile(`${this.space.folder}/state.json`));
  }

  /** Starts the command. */
  run(args: readonly string[], { through = [], ...options }: RigOptions = {}): RunningCommand {
    const line = [...through, ...tdrunLine(args)];
    const running = new RunningCommand(line, {
      folder: this.space.folder,
      limitMs: LIMIT_MS,
      ...options,
    });
    this.#running.push(running);
    return running;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const running of this.#running) {
      try {
        running.kill("SIGKILL");
      } catch {
        // the process has ended
      }
      await running.ended.catch(() => {});
    }
    await this.server[Symbol.asyncDispose]();
    await this.space[Symbol.asyncDispose]();
  }
}
