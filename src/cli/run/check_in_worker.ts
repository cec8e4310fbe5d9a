/** Checks the exports of a module in a worker, which loads the module again. */
import type {
  CheckedModule,
  ExportsCheck,
  FromWorker,
  ToWorker,
} from "../../lane/worker_protocol.ts";
import { workerEntry } from "../../pool/prestarted_worker.ts";
import { primordials } from "../../runtime/primordials.ts";

/** Checks a module: see {@linkcode ExportsCheck}. Takes as long as the module takes to load. */
export async function checkInWorker(module: CheckedModule): Promise<ExportsCheck> {
  const { promise, resolve } = Promise.withResolvers<ExportsCheck>();
  const worker = new primordials.Worker(workerEntry(), { type: "module", name: "exports" });
  try {
    worker.onmessage = ({ data }: MessageEvent<FromWorker>) => {
      if (data.type === "exports-checked") resolve(data.check);
    };
    worker.onerror = (event) => {
      event.preventDefault(); // or the whole process ends
      resolve({ type: "failed", reason: event.message });
    };
    worker.postMessage({ type: "check-exports", module } satisfies ToWorker);
    return await promise;
  } finally {
    worker.terminate();
  }
}
