/** Code that is run again in a process of a worker asks what a start came to that is over. */
import type { RunSpec } from "../../lane/run_spec.ts";
import { toLocal, withUrl } from "../portable_code.ts";
import type { WorkerEvent } from "../engine_protocol.ts";
import type { DriverSession } from "./driver_session.ts";

/** Answers it. */
export async function handleRecall(
  link: DriverSession,
  module: string,
  order: RunSpec,
  { worker, process, key, start }: Extract<WorkerEvent, { type: "recall" }>,
): Promise<void> {
  const value = order.startSummary(withUrl(key, (url) => toLocal(url, module)), start);
  await link.recalled(worker, { process, key, start }, value);
}
