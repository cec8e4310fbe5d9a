/**
 * Claims attempts for a worker. The claims of one turn of the event loop form one call: where
 * attempts are enqueued ahead, a worker often gets several jobs at a time.
 */
import type { ErrorRecord } from "../../base/error_record.ts";
import type { Connections } from "../redis/connections.ts";
import { STARTS_MAX, type WorkerEvent } from "../engine_protocol.ts";
import type { OutboxAttempt } from "./outbox.ts";

/** The reply to a claim: `go`, or why the attempt must not start. */
export interface Claim {
  readonly status: string;
  /** Position of the op log that the worker has to reach before a repeated start; 0 for a first. */
  readonly position: number;
}

interface PendingClaim extends PromiseWithResolvers<Claim> {
  readonly attempt: OutboxAttempt;
}

/** The claims of one worker. */
export class AttemptClaims {
  readonly #connections: Connections;
  readonly #run: string;
  readonly #worker: string;
  #pending: PendingClaim[] = [];

  /**
   * @param run The prefix of the run's keys.
   * @param worker The worker's id, with which the tokens begin.
   */
  constructor(connections: Connections, run: string, worker: string) {
    this.#connections = connections;
    this.#run = run;
    this.#worker = worker;
  }

  /** Claims an attempt by its token. Rejects when the connection is closed. */
  claim(attempt: OutboxAttempt): Promise<Claim> {
    // After the promises of this turn: the jobs of one read arrive by several.
    if (this.#pending.length === 0) process.nextTick(() => this.#send());
    const pending = { attempt, ...Promise.withResolvers<Claim>() };
    this.#pending.push(pending);
    return pending.promise;
  }

  async #send(): Promise<void> {
    const claims = this.#pending;
    this.#pending = [];
    try {
      const rows = claims.flatMap((
        { attempt: { key, token } },
      ) => [key, token, tooManyStarts(key)]);
      const reply = await this.#connections.runScript(
        "claimAttempts",
        this.#run,
        this.#worker,
        ...rows,
      );
      for (const [at, { resolve }] of claims.entries()) {
        resolve({ status: String(reply[2 * at]), position: Number(reply[2 * at + 1]) });
      }
    } catch (error) {
      for (const { reject } of claims) reject(error);
    }
  }
}

/** The event of an attempt that was started too often. */
function tooManyStarts(key: string): string {
  return JSON.stringify({ type: "lost", key, error: TOO_MANY_STARTS } satisfies WorkerEvent);
}

const TOO_MANY_STARTS: ErrorRecord = {
  type: "WorkerLostError",
  message: `the workers that ran this task were lost ${STARTS_MAX} times`,
};
