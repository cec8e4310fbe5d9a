/** An attempt is ended by force, wherever it runs. */
import type { ErrorRecord } from "../../base/error_record.ts";
import type { WorkerRegistry } from "./worker_registry.ts";
import type { DriverSession } from "./driver_session.ts";
import type { EngineLanes } from "./engine_lanes.ts";

/** Ends it. The slot that runs it, if one does, has no room until it is ready again. */
export async function terminateAttempt(
  link: DriverSession,
  crew: WorkerRegistry,
  lanes: EngineLanes,
  { key, error }: { readonly key: string; readonly error: ErrorRecord },
): Promise<void> {
  const worker = lanes.workerOf(key);
  if (worker !== undefined) crew.reserve(worker);
  await link.revoke(key, { type: "lost", key, error });
  // It may have ended by itself in this very moment: the worker says what holds, in any case.
  if (worker !== undefined) await link.tell({ type: "recount", worker });
}
