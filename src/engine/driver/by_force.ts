/** An attempt is ended by force, wherever it runs. */
import type { ErrorRecord } from "../../base/error_record.ts";
import type { Crew } from "./crew.ts";
import type { DriverLink } from "./driver_link.ts";

/**
 * Ends it. Its slot has no room until it is ready again.
 *
 * @param worker Who runs it, if that is known.
 */
export async function endByForce(
  link: DriverLink,
  crew: Crew,
  { key, worker, error }: {
    readonly key: string;
    readonly worker: string | undefined;
    readonly error: ErrorRecord;
  },
): Promise<void> {
  if (worker !== undefined) crew.hold(worker);
  await link.revoke(key, { type: "lost", key, error });
  // It may have ended by itself in this very moment: the worker says what holds, in any case.
  if (worker !== undefined) await link.tell({ type: "recount", worker });
}
