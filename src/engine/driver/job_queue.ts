/** The queue of a run, as its driver uses it. It is made when it is used first: it leaves keys of its own. */
import { Queue } from "bullmq";
import type { Connections } from "../redis/connections.ts";
import { attemptKey, type Job, QUEUE } from "../engine_protocol.ts";

/** See the head of this file. */
export class JobQueue {
  readonly #connections: Connections;
  readonly #prefix: string;
  #made: Queue<Job> | undefined;

  /** @param prefix What all keys of the run begin with. */
  constructor(connections: Connections, prefix: string) {
    this.#connections = connections;
    this.#prefix = prefix;
  }

  /** Has an attempt run. To do that twice is to do it once. */
  async add(name: string, job: Job): Promise<void> {
    const jobId = attemptKey(job.task, job.attempt);
    await this.#queue.add(name, job, { jobId, removeOnComplete: true, removeOnFail: true });
  }

  get #queue(): Queue<Job> {
    if (this.#made === undefined) {
      this.#made = new Queue<Job>(QUEUE, {
        connection: this.#connections.forQueue(),
        prefix: this.#prefix,
        skipVersionCheck: true,
        skipMetasUpdate: true, // it would write them without a script
      });
      this.#made.on("error", () => {}); // it tries again
    }
    return this.#made;
  }
}
