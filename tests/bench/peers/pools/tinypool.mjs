/** tinypool, threads of node:worker_threads. */
import { drive } from "./drive.mjs";

const PACKAGE = "tinypool";
const { Tinypool } = await import(PACKAGE);

await drive(({ workers, kind, words, inFlight }) => {
  const pool = new Tinypool({
    filename: new URL("function_worker.mjs", import.meta.url).href,
    runtime: "worker_threads",
    minThreads: workers,
    maxThreads: workers,
    concurrentTasksPerWorker: inFlight,
    useAtomics: true,
    workerData: { kind, words },
  });
  return { run: () => pool.run(undefined), close: () => pool.destroy() };
});
