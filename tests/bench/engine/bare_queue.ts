/**
 * A party of the bare queue, with which counts.ts and bench.ts compare an engine: BullMQ without
 * order, state, results and events, in processes of its own.
 *
 *     bare_queue.ts worker URL CONCURRENCY
 *     bare_queue.ts wide URL COUNT [WARM]  adds all jobs; prints the elapsed time in milliseconds
 *     bare_queue.ts chain URL COUNT [WARM] the same, but adds each job after the one before
 *
 * WARM jobs precede the measured ones.
 */
import { Queue, QueueEvents, Worker } from "bullmq";
import { Redis } from "ioredis";

const NAME = "bare";
const POLL_MS = 5;

const [role, url, number, warmUp = "0"] = Deno.args as [string, string, string, string?];
const connect = () => new Redis(url, { maxRetriesPerRequest: null });

/** Resolves when all jobs have ended. */
async function drained(redis: Redis): Promise<void> {
  const lists = ["wait", "active"].map((list) => `bull:${NAME}:${list}`);
  for (;;) {
    const lengths = await Promise.all(lists.map((list) => redis.llen(list)));
    if (lengths.every((it) => it === 0)) return;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

if (role === "worker") {
  new Worker(NAME, () => Promise.resolve(), {
    connection: connect(),
    concurrency: Number(number),
    skipVersionCheck: true,
  });
  Deno.addSignalListener("SIGTERM", () => Deno.exit(0));
} else {
  const queue = new Queue(NAME, { connection: connect(), skipVersionCheck: true });
  const events = new QueueEvents(NAME, { connection: connect(), skipVersionCheck: true });
  await events.waitUntilReady();
  const options = { removeOnComplete: true };
  const add = async (count: number) => {
    if (role === "wide") {
      await Promise.all(Array.from({ length: count }, () => queue.add("job", {}, options)));
      return await drained(redis);
    }
    for (let at = 0; at < count; at++) {
      const completed = new Promise<void>((resolve) => events.once("completed", () => resolve()));
      await queue.add("job", {}, options);
      await completed;
    }
  };
  const redis = connect();
  await add(Number(warmUp));
  const start = performance.now();
  await add(Number(number));
  await Deno.stdout.write(new TextEncoder().encode(`${performance.now() - start}\n`));
  Deno.exit(0);
}
