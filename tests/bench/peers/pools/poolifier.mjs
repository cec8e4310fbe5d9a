/** poolifier: its fixed pool of threads, with queues. */
import { drive } from "./drive.mjs";

const PACKAGE = "poolifier";
const { FixedThreadPool } = await import(PACKAGE);

await drive(({ workers, kind, words, inFlight }) => {
  const worker = new URL("poolifier_worker.mjs", import.meta.url).pathname;
  const pool = new FixedThreadPool(workers, worker, {
    enableEvents: false,
    enableTasksQueue: true,
    tasksQueueOptions: { concurrency: inFlight },
    workerOptions: { workerData: { kind, words } },
  });
  return { run: () => pool.execute(), close: () => pool.destroy() };
});
