/**
 * Starts the executors of a worker, processes or threads, with the run's code, the permissions of
 * their tasks, and a state session.
 */
import { deserialize } from "node:v8";
import { type ErrorRecord, recordError } from "../../base/error_record.ts";
import { threadName } from "../../events/run_event.ts";
import type { ToProcess } from "../../process/ipc_protocol.ts";
import { checkCovered } from "../../spawn/permission_flags.ts";
import { permissionsNotEnforced, type WorkerIsolation } from "../../pool/isolation.ts";
import { PermissionSets } from "../../process/permission_sets.ts";
import type { Executor, ExecutorListener } from "../../process/executor.ts";
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
import { ThreadHandle } from "./thread_handle.ts";

/** Options of {@linkcode ExecutorStarter}. */
export interface ExecutorStarterOptions {
  readonly spec: EngineRunSpec;
  readonly names: readonly string[];
  readonly worker: WorkerInfo;
  /** The URL of the module on this machine. */
  readonly module: string;
  readonly isolate: WorkerIsolation;
  readonly state: WorkerState;
  readonly lock: LeaseLockClient;
}

/**
 * Checks that this worker can enforce the permissions of all tasks, and has them.
 *
 * @throws {UsageError} naming the first task for which it cannot.
 */
export function checkPermissions(
  { permissions }: EngineRunSpec,
  names: readonly string[],
  isolate: WorkerIsolation,
): void {
  for (const [task, set] of permissions.entries()) {
    if (set && isolate === "worker") throw permissionsNotEnforced(names[task]!);
    if (set) checkCovered(names[task]!, set);
  }
}

/** Starts and tracks the executors of a worker. */
export class ExecutorStarter {
  readonly #options: ExecutorStarterOptions;
  readonly #sets: PermissionSets;
  readonly #modules: readonly string[];
  readonly #specPath: string;
  readonly #version: Promise<string | undefined>;
  readonly #alive = new Set<Executor>();
  #nextId = 0;

  constructor(options: ExecutorStarterOptions) {
    const { spec, names, module, state } = options;
    this.#options = options;
    this.#sets = new PermissionSets(spec.permissions.map((set) => set ?? undefined));
    const code = withUrls(spec.code, (path) => toLocal(path, module));
    this.#modules = modulesOf(code);
    this.#specPath = writeRunSpec(state.hub.folder, { code, names, rules: spec.rules });
    this.#version = moduleVersion(module);
    if (options.isolate === "worker") {
      // The hub does so for processes.
      state.hub.log.onRotate = () => this.#alive.forEach((it) => it.post({ type: "catch-up" }));
    }
  }

  /** The names of all permission sets. */
  get sets(): string[] {
    return [...this.#sets.byName.keys()];
  }

  /** The name of a task's permission set. */
  setOf(task: TaskId): string {
    return this.#sets.nameOf(task);
  }

  /** Starts an executor and posts the run to it. It sends `ready` when it can run tasks. */
  start(
    slot: number,
    set: string,
    listener: ExecutorListener,
    attempt: () => OutboxAttempt | undefined,
  ): Executor {
    const { state, lock, worker, isolate } = this.#options;
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
    const options = { session, id, lane: slot };
    const executor = isolate === "worker"
      ? new ThreadHandle({ ...options, folder: hub.folder, changes: hub.log.changes }, listener)
      : new ProcessHandle({
        ...options,
        hub,
        modules: this.#modules,
        permissions: this.#sets.byName.get(set),
      }, listener);
    this.#alive.add(executor);
    executor.exited.then(() => this.#alive.delete(executor));
    executor.post({ type: "run", run: ++executor.runCount, path: this.#specPath });
    return executor;
  }

  /**
   * Resolves to undefined if an executor that loads the module now gets the version of the run, or
   * to the error.
   */
  async check(): Promise<ErrorRecord | undefined> {
    try {
      await rejectOtherVersion(this.#options.module, await this.#version);
      return undefined;
    } catch (error) {
      return recordError(error);
    }
  }

  /** Converts the driver's summary of a finished `start()` to a message for the executor. */
  startSummary(
    { key, start, value }: Extract<DriverCommand, { type: "start-summary" }>,
  ): ToProcess {
    const { module, state } = this.#options;
    const bytes = Uint8Array.fromBase64(value);
    const path = writeStartSummary(state.hub.folder, deserialize(bytes));
    return { type: "start-summary", key: withUrl(key, (url) => toLocal(url, module)), start, path };
  }

  /** Waits for all executors, and closes the hub. */
  async close(): Promise<void> {
    await Promise.all([...this.#alive].map((it) => it.exited));
    await this.#options.state.hub.close();
  }
}
