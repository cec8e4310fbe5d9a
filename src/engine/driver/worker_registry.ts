/**
 * The workers that take part in a run: how many tasks they can run at once, and whether there are any. A run
 * that nobody takes part in waits for a while, says so, and gives up.
 */
import type { ErrorRecord } from "../../base/error_record.ts";
import { receivedError } from "../../base/received_error.ts";
import { plural } from "../../base/text_format.ts";
import { clearTimeout, setTimeout } from "../../runtime/timers.ts";
import type { WorkerEvent, WorkerInfo } from "../engine_protocol.ts";
import { EngineFailure } from "../redis/engine_failure.ts";

/** It is said when a run has had no worker for so long. */
const NOTICE_MS = 3_000;
/** It is given up when it has had none for so long. */
const PATIENCE_MS = 60_000;

/** What concerns the crew in what workers say. */
export type RegistryEvent = Extract<
  WorkerEvent,
  { type: "joined" | "capacity" | "left" | "rejected" }
>;

/** What a crew is for. */
export interface WorkerRegistryOptions {
  /** How a worker is started, for whoever wonders why there is none. */
  readonly howTo: string;
  /** Says something about it. */
  readonly say: (level: "info" | "warn", text: string) => void;
  /** There has been none for too long. */
  readonly giveUp: (error: EngineFailure) => void;
  /** When it is said, and when given up, in milliseconds: other than usual in tests. */
  readonly limits?: { readonly noticeMs: number; readonly patienceMs: number };
}

interface Present {
  readonly member: WorkerInfo;
  room: number;
}

/** See the head of this file. */
export class WorkerRegistry implements Disposable {
  readonly #parts: WorkerRegistryOptions;
  readonly #present = new Map<string, Present>();
  /** Why somebody does not take part: the last who said so. */
  #why = "";
  #isOver = false;
  #notice: ReturnType<typeof setTimeout> | undefined;
  #limit: ReturnType<typeof setTimeout> | undefined;

  constructor(parts: WorkerRegistryOptions) {
    this.#parts = parts;
  }

  /** How many tasks they can run at once. */
  get room(): number {
    let room = 0;
    for (const present of this.#present.values()) room += present.room;
    return room;
  }

  /** Who takes part, by id. */
  get members(): string[] {
    return [...this.#present.keys()];
  }

  /** From now on there is something to do: without a worker, time runs. */
  begin(members: readonly WorkerInfo[]): void {
    for (const member of members) this.#present.set(member.id, { member, room: 0 });
    this.#watch();
  }

  /**
   * Hears of a worker.
   *
   * @param isPast It was said to the driver before: who is gone since does not come back by it.
   */
  hear(said: RegistryEvent, isPast = false): void {
    if (said.type === "capacity") {
      const present = this.#present.get(said.worker);
      if (present !== undefined) present.room = said.capacity;
      return;
    }
    if (isPast) return;
    switch (said.type) {
      case "joined":
        if (this.#present.has(said.worker.id)) return;
        this.#present.set(said.worker.id, { member: said.worker, room: 0 });
        this.#parts.say("info", `Worker ${nameOf(said.worker)} takes part`);
        break;
      case "left":
        this.#leave(said.worker, said.error);
        break;
      case "rejected":
        this.#why = `worker ${nameOf(said.worker)} refuses: ${said.reason}`;
        this.#parts.say("warn", `Worker ${nameOf(said.worker)} takes no part: ${said.reason}`);
        break;
    }
    this.#watch();
  }

  /** A slot of a worker gets ready anew: it has no room, until the worker says how much it has. */
  reserve(id: string): void {
    const present = this.#present.get(id);
    if (present !== undefined && present.room > 0) present.room--;
  }

  /** A worker is not heard of any more. */
  remove(id: string): void {
    const present = this.#present.get(id);
    if (present === undefined) return;
    this.#present.delete(id);
    this.#parts.say(
      "warn",
      `Worker ${nameOf(present.member)} is lost: what it ran begins again elsewhere`,
    );
    this.#watch();
  }

  /** Nobody is needed any more. */
  [Symbol.dispose](): void {
    this.#isOver = true;
    this.#stop();
  }

  #stop(): void {
    clearTimeout(this.#notice);
    clearTimeout(this.#limit);
    this.#limit = undefined;
  }

  #leave(id: string, sent: ErrorRecord | undefined): void {
    const present = this.#present.get(id);
    if (present === undefined) return;
    this.#present.delete(id);
    const name = nameOf(present.member);
    if (sent === undefined) return this.#parts.say("info", `Worker ${name} has left`);
    const error = receivedError(sent);
    const why = `${name} cannot run the module: ${error.type}: ${error.message}`;
    this.#why = `worker ${why}`;
    this.#parts.say("warn", `Worker ${why}`);
  }

  #watch(): void {
    if (this.#isOver || this.#present.size > 0) return this.#stop();
    // Time goes on for a run whose workers come and refuse, or leave at once.
    if (this.#limit !== undefined) return;
    const { howTo, say, giveUp, limits } = this.#parts;
    const { noticeMs, patienceMs } = limits ??
      { noticeMs: NOTICE_MS, patienceMs: PATIENCE_MS };
    this.#notice = setTimeout(() => say("warn", `No worker takes part: ${howTo}`), noticeMs);
    this.#limit = setTimeout(() => {
      const why = this.#why === "" ? howTo : this.#why;
      giveUp(new EngineFailure(`no worker took part for ${patienceMs / 1_000} s`, why));
    }, patienceMs);
  }
}

function nameOf({ host, pid, slots }: WorkerInfo): string {
  return `${host}:${pid} (${plural(slots, "task")} at once)`;
}
