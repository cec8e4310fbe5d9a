/** Processes of the bare queue (bare_queue.ts), with which the benchmarks compare an engine. */
import { Redis } from "ioredis";
import { inRepository, type RunningCommand, startScript } from "../../support/command.ts";
import { Server } from "../../support/servers.ts";

const SAMPLE_MS = 20;
const LIMIT_MS = 600_000;

/** Workers of the bare queue, and their server. */
export class BareQueue implements AsyncDisposable {
  readonly server: Server;
  readonly redis: Redis;
  readonly workers: readonly RunningCommand[];

  private constructor(server: Server, redis: Redis, workers: readonly RunningCommand[]) {
    this.server = server;
    this.redis = redis;
    this.workers = workers;
  }

  /** Starts a server and workers. Resolves when all of them wait for jobs. */
  static async start(slots: readonly number[]): Promise<BareQueue> {
    const server = await Server.start("redis-server");
    const redis = new Redis(server.url);
    const workers = slots.map((it) => startParty("worker", server.url, `${it}`));
    const queue = new BareQueue(server, redis, workers);
    const waiting = async () => (await redis.info("clients")).match(/blocked_clients:(\d+)/)![1];
    while (await waiting() !== `${workers.length}`) {
      await new Promise((resolve) => setTimeout(resolve, SAMPLE_MS));
    }
    return queue;
  }

  /** Starts the process that adds jobs. */
  drive(role: "wide" | "chain", count: number, warmUp = 0): RunningCommand {
    return startParty(role, this.server.url, `${count}`, `${warmUp}`);
  }

  /** Milliseconds that a number of jobs takes, after others. */
  async wideMs(count: number, warmUp: number): Promise<number> {
    const { code, stdout, stderr } = await this.drive("wide", count, warmUp).ended;
    if (code !== 0) throw new Error(stderr);
    return Number(stdout);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.redis.disconnect();
    for (const worker of this.workers) {
      worker.kill("SIGTERM");
      await worker.ended;
    }
    await this.server[Symbol.asyncDispose]();
  }
}

function startParty(...args: string[]): RunningCommand {
  return startScript(inRepository("tests/bench/engine/bare_queue.ts"), args, { limitMs: LIMIT_MS });
}
