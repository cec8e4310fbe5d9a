/** workerpool, with threads that start before the first task. */
import { drive } from "./drive.mjs";

const PACKAGE = "workerpool";
const { default: workerpool } = await import(PACKAGE);

await drive(({ workers, kind, words }) => {
  const worker = new URL("workerpool_worker.mjs", import.meta.url).pathname;
  const pool = workerpool.pool(worker, {
    workerType: "thread",
    minWorkers: workers,
    maxWorkers: workers,
    workerThreadOpts: { workerData: { kind, words } },
  });
  return { run: () => pool.exec("work", []), close: () => pool.terminate() };
});
