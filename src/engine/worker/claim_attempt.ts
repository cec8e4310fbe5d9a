/** An attempt begins on a worker, if it may. */
import type { ErrorRecord } from "../../base/error_record.ts";
import type { Connections, ScriptReply } from "../redis/connections.ts";
import { STARTS_MAX, type WorkerEvent } from "../engine_protocol.ts";
import type { OutboxAttempt } from "./outbox.ts";

/**
 * Asks whether an attempt may begin; if so, it is this worker's by its token.
 *
 * @param run What all keys of the run begin with.
 * @returns `go` and how far the state's log goes; or why not.
 */
export async function claimAttempt(
  connections: Connections,
  run: string,
  worker: string,
  { key, token }: OutboxAttempt,
): Promise<ScriptReply> {
  const lost: WorkerEvent = { type: "lost", key, error: LOST_AGAIN };
  return await connections.script("begin", run, key, token, worker, JSON.stringify(lost));
}

const LOST_AGAIN: ErrorRecord = {
  type: "WorkerLostError",
  message: `the workers that ran this task were lost ${STARTS_MAX} times`,
};
