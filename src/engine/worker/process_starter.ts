/** Starts the processes of a worker: with the run's code, what its tasks may do, and a place in the state. */
import { deserialize } from "node:v8";
import { type ErrorRecord, recordError } from "../../base/error_record.ts";
import { threadName } from "../../events/run_event.ts";
import type { ToProcess } from "../../process/ipc_protocol.ts";
import { checkCovered } from "../../spawn/permission_flags.ts";
import { PermissionSets } from "../../process/permission_sets.ts";
import { ProcessHandle, type ProcessListener } from "../../process/process_handle.ts";
import { modulesOf, writeRunSpec, writeStartSummary } from "../../process/run_spec_files.ts";
import { moduleVersion, rejectOtherVersion } from "../../task/load.ts";
import type { TaskId } from "../../task/task.ts";
import { toLocal, withUrl, withUrls } from "../portable_code.ts";
import type { OutboxAttempt } from "./outbox.ts";
import type { WorkerState } from "./worker_state.ts";
import type { LeaseLockClient } from "./lease_lock_client.ts";
import type { DriverCommand, EngineRunSpec, WorkerInfo } from "../engine_protocol.ts";
import { EngineStateSession } from "./engine_state_session.ts";

/** What processes are started with. */
export interface ProcessStarterOptions {
  readonly order: EngineRunSpec;
  readonly names: readonly string[];
  readonly member: WorkerInfo;
  /** The module, here. */
  readonly module: string;
  readonly store: WorkerState;
  readonly lock: LeaseLockClient;
}

/**
 * Refuses tasks that are to do what this worker itself may not.
 *
 * @throws {UsageError} naming the first.
 */
export function checkPermissions({ permissions }: EngineRunSpec, names: readonly string[]): void {
  for (const [task, set] of permissions.entries()) if (set) checkCovered(names[task]!, set);
}

/** See the head of this file. */
export class ProcessStarter {
  readonly #parts: ProcessStarterOptions;
  readonly #sets: PermissionSets;
  readonly #modules: readonly string[];
  readonly #orderPath: string;
  readonly #version: Promise<string | undefined>;
  readonly #alive = new Set<ProcessHandle>();
  #nextId = 0;

  constructor(parts: ProcessStarterOptions) {
    const { order, names, module, store } = parts;
    this.#parts = parts;
    this.#sets = new PermissionSets(order.permissions.map((set) => set ?? undefined));
    const code = withUrls(order.code, (path) => toLocal(path, module));
    this.#modules = modulesOf(code);
    this.#orderPath = writeRunSpec(store.house.folder, { code, names, rules: order.rules });
    this.#version = moduleVersion(module);
  }

  /** The names of all sets of permissions. */
  get sets(): string[] {
    return [...this.#sets.byName.keys()];
  }

  /** The name of a task's set. */
  setOf(task: TaskId): string {
    return this.#sets.nameOf(task);
  }

  /** Starts a process. It is given the run, and says when it is ready. */
  start(
    slot: number,
    set: string,
    listener: ProcessListener,
    attempt: () => OutboxAttempt | undefined,
  ): ProcessHandle {
    const { store, lock, member } = this.#parts;
    const { house, follower, log: stateLog, maxBytes } = store;
    const id = this.#nextId++;
    const seat = new EngineStateSession({
      ...{ id, maxBytes, stateLog, follower, lock, log: house.log },
      sender: `${member.id}.${id}`,
      name: `${threadName(slot)} of ${member.host}`,
      author: () => {
        const { key = "", token = "" } = attempt() ?? {};
        return { task: key.split("-", 1)[0]!, token };
      },
    });
    const process = new ProcessHandle({
      ...{ hub: house, session: seat, id, modules: this.#modules },
      lane: slot,
      permissions: this.#sets.byName.get(set),
    }, listener);
    this.#alive.add(process);
    process.exited.then(() => this.#alive.delete(process));
    process.post({ type: "run", run: ++process.runCount, path: this.#orderPath });
    return process;
  }

  /** Why a process that has loaded the module now has not the run's; undefined if it has. */
  async check(): Promise<ErrorRecord | undefined> {
    try {
      await rejectOtherVersion(this.#parts.module, await this.#version);
      return undefined;
    } catch (error) {
      return recordError(error);
    }
  }

  /** What the driver has answered to code that is run again, as its process takes it. */
  recalled({ key, start, value }: Extract<DriverCommand, { type: "recalled" }>): ToProcess {
    const { module, store } = this.#parts;
    const bytes = Uint8Array.fromBase64(value);
    const path = writeStartSummary(store.house.folder, deserialize(bytes));
    return { type: "start-summary", key: withUrl(key, (url) => toLocal(url, module)), start, path };
  }

  /** Ends whatever is left. */
  async close(): Promise<void> {
    await Promise.all([...this.#alive].map((process) => process.exited));
    await this.#parts.store.house.close();
  }
}
