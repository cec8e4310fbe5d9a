/** Takes jobs from the queue of a run. */
import { type Job as QueueJob, Worker } from "bullmq";
import type { Connections } from "../redis/connections.ts";
import { HEARTBEAT_MS, type Job, QUEUE } from "../engine_protocol.ts";

/** A job is a worker's so long without it saying so again. */
const JOB_MS = 3_000;

/** Makes what takes them, once it is told to run; `run` resolves when a job has ended. */
export function createQueueConsumer(
  connections: Connections,
  key: string,
  concurrency: number, // raised while it waits for a job to end, it would take no more until then
  run: (job: QueueJob<Job>) => Promise<void>,
): Worker<Job> {
  const worker = new Worker<Job>(QUEUE, run, {
    connection: connections.forQueue(),
    prefix: key,
    autorun: false,
    concurrency,
    lockDuration: JOB_MS,
    lockRenewTime: HEARTBEAT_MS,
    stalledInterval: HEARTBEAT_MS,
    maxStalledCount: Number.MAX_SAFE_INTEGER, // how often an attempt may begin is counted elsewhere
    skipVersionCheck: true,
  });
  worker.on("error", () => {}); // it tries again; what became of a job is looked up there
  return worker;
}
