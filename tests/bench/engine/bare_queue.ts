/**
 * A party of the bare queue, with which counts.ts compares an engine: BullMQ without order, state,
 * results and events, in processes of its own.
 *
 *     bare_queue.ts worker URL CONCURRENCY
 *     bare_queue.ts wide URL COUNT         adds all jobs; prints the elapsed time in milliseconds
 *     bare_queue.ts chain URL COUNT        the same, but adds each job after the one before
 */
import { Queue, QueueEvents, Worker } from "bullmq";
import { Redis } from "ioredis";

const NAME = "bare";
const POLL_MS = 5;

const [role, url, number] = Deno.args as [string, string, string];
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
  const count = Number(number);
  const options = { removeOnComplete: true };
  const start = performance.now();
  if (role === "wide") {
    await Promise.all(Array.from({ length: count }, () => queue.add("job", {}, options)));
    await drained(connect());
  } else {
    for (let at = 0; at < count; at++) {
      const completed = new Promise<void>((resolve) => events.once("completed", () => resolve()));
      await queue.add("job", {}, options);
      await completed;
    }
  }
  await Deno.stdout.write(new TextEncoder().encode(`${performance.now() - start}\n`));
  Deno.exit(0);
}
