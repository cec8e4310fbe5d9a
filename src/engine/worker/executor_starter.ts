/**
 * Starts the executors of a worker with the run's code, the permissions of their tasks, and a state
 * session.
 */
import { deserialize } from "node:v8";
import { type ErrorRecord, recordError } from "../../base/error_record.ts";
import { threadName } from "../../events/run_event.ts";
import type { ToProcess } from "../../process/ipc_protocol.ts";
import { checkCovered } from "../../spawn/permission_flags.ts";
import { PermissionSets } from "../../process/permission_sets.ts";
import type { ExecutorListener } from "../../process/executor.ts";
import { ProcessHandle } from "../../process/process_handle.ts";
import { modulesOf, writeRunSpec, writeStartSummary } from "../../process/run_spec_files.ts";
import { moduleVersion, rejectOtherVersion } from "../../task/load.ts";
import type { TaskId } from "../../task/task.ts";
import { toLocal, withUrl, withUrls } from "../portable_code.ts";
import type { OutboxAttempt } from "./outbox.ts";
import type { WorkerState } from "./worker_state.ts";
import type { LeaseLockClient } from "./lease_lock_client.ts";
import type { DriverCommand, EngineRunSpec, WorkerInfo } from "../engine_protocol.ts";
import { EngineStateSession } from "./engine_state_session.ts";

/** Options of {@linkcode ExecutorStarter}. */
export interface ExecutorStarterOptions {
  readonly spec: EngineRunSpec;
  readonly names: readonly string[];
  readonly worker: WorkerInfo;
  /** The URL of the module on this machine. */
  readonly module: string;
  readonly state: WorkerState;
  readonly lock: LeaseLockClient;
}

/**
 * Checks that no task needs permissions which this worker lacks.
 *
 * @throws {UsageError} naming the first such task.
 */
export function checkPermissions({ permissions }: EngineRunSpec, names: readonly string[]): void {
  for (const [task, set] of permissions.entries()) if (set) checkCovered(names[task]!, set);
}

/** Starts and tracks the executors of a worker. */
export class ExecutorStarter {
  readonly #options: ExecutorStarterOptions;
  readonly #sets: PermissionSets;
  readonly #modules: readonly string[];
  readonly #specPath: string;
  readonly #version: Promise<string | undefined>;
  readonly #alive = new Set<ProcessHandle>();
  #nextId = 0;

  constructor(options: ExecutorStarterOptions) {
    const { spec, names, module, state } = options;
    this.#options = options;
    this.#sets = new PermissionSets(spec.permissions.map((set) => set ?? undefined));
    const code = withUrls(spec.code, (path) => toLocal(path, module));
    this.#modules = modulesOf(code);
    this.#specPath = writeRunSpec(state.hub.folder, { code, names, rules: spec.rules });
    this.#version = moduleVersion(module);
  }

  /** The names of all permission sets. */
  get sets(): string[] {
    return [...this.#sets.byName.keys()];
  }

  /** The name of a task's permission set. */
  setOf(task: TaskId): string {
    return this.#sets.nameOf(task);
  }

  /** Starts a process and posts the run to it. The process sends `ready` when it can run tasks. */
  start(
    slot: number,
    set: string,
    listener: ExecutorListener,
    attempt: () => OutboxAttempt | undefined,
  ): ProcessHandle {
    const { state, lock, worker } = this.#options;
    const { hub, follower, log: stateLog, maxBytes } = state;
    const id = this.#nextId++;
    const session = new EngineStateSession({
      id,
      maxBytes,
      stateLog,
      follower,
      lock,
      log: hub.log,
      sender: `${worker.id}.${id}`,
      name: `${threadName(slot)} of ${worker.host}`,
      author: () => {
        const { key = "", token = "" } = attempt() ?? {};
        return { task: key.split("-", 1)[0]!, token };
      },
    });
    const process = new ProcessHandle({
      hub,
      session,
      id,
      modules: this.#modules,
      lane: slot,
      permissions: this.#sets.byName.get(set),
    }, listener);
    this.#alive.add(process);
    process.exited.then(() => this.#alive.delete(process));
    process.post({ type: "run", run: ++process.runCount, path: this.#specPath });
    return process;
  }

  /**
   * Resolves to undefined if a process that loads the module now gets the version of the run, or to
   * the error.
   */
  async check(): Promise<ErrorRecord | undefined> {
    try {
      await rejectOtherVersion(this.#options.module, await this.#version);
      return undefined;
    } catch (error) {
      return recordError(error);
    }
  }

  /** Converts the driver's summary of a finished `start()` to a message for the process. */
  startSummary(
    { key, start, value }: Extract<DriverCommand, { type: "start-summary" }>,
  ): ToProcess {
    const { module, state } = this.#options;
    const bytes = Uint8Array.fromBase64(value);
    const path = writeStartSummary(state.hub.folder, deserialize(bytes));
    return { type: "start-summary", key: withUrl(key, (url) => toLocal(url, module)), start, path };
  }

  /** Waits for all processes, and closes the hub. */
  async close(): Promise<void> {
    await Promise.all([...this.#alive].map((process) => process.exited));
    await this.#options.state.hub.close();
  }
}
