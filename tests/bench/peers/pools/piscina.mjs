/** piscina, with its faster queue, and threads that wait in shared memory. */
import { drive } from "./drive.mjs";

const PACKAGE = "piscina";
const { FixedQueue, Piscina } = await import(PACKAGE);

await drive(({ workers, kind, words, inFlight }) => {
  const pool = new Piscina({
    filename: new URL("function_worker.mjs", import.meta.url).href,
    minThreads: workers,
    maxThreads: workers,
    concurrentTasksPerWorker: inFlight,
    taskQueue: new FixedQueue(),
    atomics: "sync",
    recordTiming: false,
    workerData: { kind, words },
  });
  return { run: () => pool.run(undefined), close: () => pool.destroy() };
});
