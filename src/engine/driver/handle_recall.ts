/** Code that is run again in a process of a worker asks what a start came to that is over. */
import type { RunOrder } from "../../lane/run_spec.ts";
import { local, withUrl } from "../portable_code.ts";
import type { Said } from "../engine_protocol.ts";
import type { DriverLink } from "./driver_session.ts";

/** Answers it. */
export async function answerRecall(
  link: DriverLink,
  module: string,
  order: RunOrder,
  { worker, process, key, start }: Extract<Said, { type: "recall" }>,
): Promise<void> {
  const value = order.recall(withUrl(key, (url) => local(url, module)), start);
  await link.recalled(worker, { process, key, start }, value);
}
