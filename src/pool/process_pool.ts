/**
 * Runs tasks in separate processes, so that a task can do nothing to the run but fail: a hanging
 * task is killed, running out of memory ends one process, and permissions are enforced.
 *
 * As with workers, processes are started while ready tasks wait for one, never more than there is
 * work for; a lost process is replaced, and its task fails.
 */
import { type ErrorRecord, recordError } from "../base/error_record.ts";
import { type CancelReason, threadName } from "../events/run_event.ts";
import type { SharedState } from "../state/shared_state.ts";
import { rejectOtherVersion } from "../task/load.ts";
import type { TaskPermissions } from "../task/task_permissions.ts";
import type { TaskId } from "../task/task.ts";
import { SHUTDOWN_TIMEOUTS, teardownFailure } from "../lane/shutdown.ts";
import { FIRST_OWNER_ID } from "../lane/lane_ids.ts";
import { LaneRestarts } from "./lane_restarts.ts";
import type { Pool, PoolListener, PoolOptions, ResourceLaneOptions } from "./pool.ts";
import type { RunSpec } from "../lane/run_spec.ts";
import { RunAckTimeout } from "../lane/run_ack_timeout.ts";
import type { FromProcess } from "../process/ipc_protocol.ts";
import { ProcessHub } from "../process/process_hub.ts";
import { ExecutorDrain, PROCESS_BUSY_ERROR } from "../process/executor_drain.ts";
import { PermissionSets } from "../process/permission_sets.ts";
import type { Executor } from "../process/executor.ts";
import { ProcessHandle } from "../process/process_handle.ts";
import { ExecutorSet } from "../process/executor_set.ts";
import { LocalStateSession } from "../process/local_state_session.ts";
import { ProcessLane, type ProcessLaneContext } from "./process_lane.ts";
import { modulesOf, writeRunSpec, writeStartSummary } from "../process/run_spec_files.ts";

/** The parts of the pool of the tasks that the lane of a resource uses, too. */
interface SharedParts {
  /** The hub; that pool closes it. */
  hub(): ProcessHub;
  /** The id of the next process. */
  nextId(): number;
  /** The next owner id in plans. */
  nextOwner(): number;
}

/** Options of a pool of processes. */
export interface ProcessPoolOptions extends PoolOptions {
  /** Of the lane of a resource: its number, and what it shares with the pool of the tasks. */
  readonly resource?: ResourceLaneOptions & SharedParts;
}

/** A pool of processes. */
export class ProcessPool implements Pool {
  readonly size: number;
  readonly canKill = true;
  readonly state: SharedState;
  readonly #options: ProcessPoolOptions;
  readonly #firstLane: number;
  readonly #lanes: (ProcessLane | undefined)[];
  readonly #restarts: LaneRestarts;
  readonly #drain: ExecutorDrain;
  readonly #ackTimeout = new RunAckTimeout();
  /** Processes that have not ended yet. */
  readonly #alive = new Set<ProcessHandle>();
  #hub: ProcessHub | undefined;
  #nextId = 0;
  #nextOwner = FIRST_OWNER_ID;
  #specPath = "";
  #hasTeardown = false;
  #context: ProcessLaneContext | undefined;
  #disposal: Promise<void> | undefined;

  constructor(options: ProcessPoolOptions) {
    this.size = options.size;
    this.state = options.state;
    this.#options = options;
    this.#drain = new ExecutorDrain(options.shutdownTimeouts ?? SHUTDOWN_TIMEOUTS);
    this.#lanes = new Array(options.size).fill(undefined);
    this.#firstLane = options.resource?.firstLane ?? 0;
    this.#restarts = new LaneRestarts(options.size, this.#firstLane);
  }

  createResourceLane(resource: ResourceLaneOptions): Pool {
    const shared = {
      hub: () => this.#hub!,
      nextId: () => this.#nextId++,
      nextOwner: () => this.#nextOwner++,
    };
    const options = { ...this.#options, size: 1, keepWorkers: false };
    return new ProcessPool({ ...options, resource: { ...resource, ...shared } });
  }

  run(spec: RunSpec, listener: PoolListener): void {
    this.#hub ??= this.#options.resource?.hub() ?? new ProcessHub(this.state);
    this.#restarts.clear();
    this.#specPath = this.#hub.writeFile((folder) => writeRunSpec(folder, spec));
    this.#context = {
      spec,
      listener,
      permissionSets: PermissionSets.from(spec.names, spec.local),
      startupLimits: this.#options.startupLimits,
      settled: () => this.nudge(),
      startupTimedOut: (lane, why) => {
        this.#restarts.stopRestarting(this.#lanes);
        this.#lose(lane, { type: "ProcessLostError", message: `the process ${why}` }, true);
      },
    };
    for (const previous of this.#lanes) if (previous) this.#open(previous.lane, previous);
    const { drainMs } = this.#options.shutdownTimeouts ?? SHUTDOWN_TIMEOUTS;
    const onTimeout = (lane: ProcessLane) => this.#lose(lane, PROCESS_BUSY_ERROR, false);
    this.#ackTimeout.begin(this.#lanes, drainMs, onTimeout);
    this.nudge();
  }

  nudge(): void {
    if (!this.#context) return;
    for (const lane of this.#lanes) lane?.takeIfIdle();
    const { plan } = this.#context.spec;
    const isOfResource = this.#options.resource !== undefined;
    const readyCount = isOfResource ? plan.readyCountOf(this.#firstLane) : plan.readyCount;
    let unserved = readyCount - this.#lanes.filter((it) => it && !it.processes.isReady).length;
    for (let index = 0; index < this.size && unserved > 0; index++) {
      const lane = this.#firstLane + index;
      if (this.#lanes[index] || this.#restarts.cannotRestart(lane)) continue;
      this.#open(lane);
      unserved--;
    }
  }

  abort(reason: CancelReason): void {
    for (const lane of this.#lanes) lane?.abort(reason);
  }

  expire(lane: number, task: TaskId, attempt: number): void {
    this.#laneAt(lane)?.processes.running?.post({ type: "expire", task, attempt });
  }

  failTask(lane: number, task: TaskId, attempt: number, error: ErrorRecord): void {
    this.#laneAt(lane)?.processes.running?.post({ type: "fail", task, attempt, error });
  }

  kill(lane: number, error: ErrorRecord): void {
    const killed = this.#laneAt(lane);
    killed?.processes.running?.killDescendants();
    if (killed) this.#lose(killed, error, false);
  }

  async finish(): Promise<void> {
    const isLast = !this.#options.keepWorkers;
    this.#ackTimeout.end();
    this.#hasTeardown ||= this.#context!.spec.hooks.teardownWorker !== undefined;
    await Promise.all(this.#lanes.map((lane) => {
      if (!lane) return;
      // A lane that has taken no task has no messages, and may still be loading.
      const isUnused = !lane.hasTakenTask && !this.#hasTeardown;
      if (isUnused && isLast) return this.#closeLane(lane);
      if (isUnused && !lane.processes.isReady) return; // the next run uses it
      return this.#drainLane(lane, isLast);
    }));
    this.#context = undefined;
    for (const lane of this.#lanes) lane?.close();
    if (isLast) await this.#close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#disposal ??= this.#dispose();
  }

  async #dispose(): Promise<void> {
    if (!this.#hub) return;
    const teardown = (lane?: ProcessLane) => lane && this.#drainLane(lane, true);
    if (this.#hasTeardown) await Promise.all(this.#lanes.map(teardown));
    await this.#close();
  }

  /** Opens a lane of the run with the processes of the previous run's lane, and new ones. */
  #open(lane: number, previous?: ProcessLane): void {
    const processes = new ExecutorSet();
    for (const [key, permissions] of this.#context!.permissionSets.byName) {
      const process = previous?.processes.get(key) ?? this.#start(lane, permissions);
      process.isReady = false;
      process.isAwaitingAck = process.hasBeenReady;
      process.post({ type: "run", run: ++process.runCount, path: this.#specPath });
      processes.set(key, process);
    }
    for (const process of previous?.processes ?? []) {
      if (processes.keyOf(process) === undefined) process.kill();
    }
    const owner = this.#options.resource?.nextOwner() ?? this.#nextOwner++;
    const ids = { owner, firstSeq: this.#restarts.firstSeq(lane) };
    this.#lanes[lane - this.#firstLane] = new ProcessLane(this.#context!, lane, processes, ids);
  }

  #start(lane: number, permissions: TaskPermissions | undefined): ProcessHandle {
    const [hub, id] = [this.#hub!, this.#options.resource?.nextId() ?? this.#nextId++];
    const process = new ProcessHandle({
      hub,
      id,
      lane,
      session: new LocalStateSession(this.state, hub.log, id, threadName(lane)),
      permissions,
      modules: modulesOf(this.#context!.spec.code),
    }, {
      message: (from, message) => this.#receive(from, message),
      output: (from, ...line) => this.#laneOf(from)?.handleOutput(from, ...line),
      lost: (from, error) => this.#handleLost(from, error),
      isAborted: () => this.#context?.spec.plan.aborted ?? false,
    });
    this.#alive.add(process);
    process.exited.then(() => this.#alive.delete(process));
    return process;
  }

  #receive(process: Executor, message: FromProcess): void {
    switch (message.type) {
      case "run-ack":
        process.isAwaitingAck = false;
        return;
      case "ready":
        process.hasBeenReady = true;
        return void this.#admit(process, message.run);
      case "broken":
        process.kill();
        return this.#handleLost(process, message.error, !this.#laneOf(process)?.hasTakenTask);
      case "start-summary-request":
        return this.#sendStartSummary(process, message);
      case "drained":
        return void process.sentinelsRead(message.sentinels).then(() =>
          this.#drain.onDrained(process)
        );
      default:
        this.#laneOf(process)?.handle(process, message);
    }
  }

  /**
   * Makes a process ready that has loaded the code. The process itself may not be permitted to read
   * the file, so the version is checked here.
   */
  async #admit(process: Executor, run: number): Promise<void> {
    const code = this.#context?.spec.code;
    try {
      if (code?.kind === "module" && run === 1) await rejectOtherVersion(code.url, code.version);
    } catch (error) {
      process.kill();
      return this.#handleLost(process, recordError(error), true);
    }
    if (run === process.runCount) process.isReady = true;
    this.nudge();
  }

  #sendStartSummary(process: Executor, { key, start }: { key: string; start: number }): void {
    const path = writeStartSummary(this.#hub!.folder, this.#context?.spec.startSummary(key, start));
    process.post({ type: "start-summary", key, start, path });
  }

  #handleLost(
    process: Executor,
    error: ErrorRecord,
    isHopeless = !process.hasBeenReady,
  ): void {
    const lane = this.#laneOf(process);
    if (!lane) return;
    const { running } = lane.processes;
    const isOtherBusy = running !== undefined && running !== process;
    // Another process of the lane is busy, and has done nothing wrong. But what was set up for the
    // tasks of the lane may have been in the lost one.
    const hasOwnResources = this.#context!.spec.plan.handle.threadResources > 0;
    if (isOtherBusy && !isHopeless && !hasOwnResources) this.#replace(lane, process, error);
    else this.#lose(lane, error, isHopeless);
  }

  #replace(lane: ProcessLane, process: Executor, error: ErrorRecord): void {
    const key = lane.processes.keyOf(process)!;
    const next = this.#start(lane.lane, this.#context!.permissionSets.byName.get(key));
    next.post({ type: "run", run: ++next.runCount, path: this.#specPath });
    lane.replace(key, next, error);
  }

  #lose(lane: ProcessLane, error: ErrorRecord, isHopeless: boolean): void {
    this.#closeLane(lane);
    const isFinal = isHopeless || !(this.#options.resource?.mayRestart() ?? true);
    if (this.#restarts.laneLost(lane.lane, error, isFinal, this.#context?.listener)) {
      this.nudge();
    }
  }

  async #drainLane(lane: ProcessLane, isLast: boolean): Promise<void> {
    const listener = this.#context?.listener;
    const hasTeardown = isLast && this.#hasTeardown;
    const { timeoutMessage, teardownErrors } = await this.#drain.drain(
      lane.processes,
      isLast,
      hasTeardown,
    );
    if (timeoutMessage) {
      this.#lose(lane, { type: "ProcessLostError", message: timeoutMessage }, false);
    }
    for (const why of teardownErrors) listener?.message(lane.lane, teardownFailure(why));
  }

  #closeLane(lane: ProcessLane): void {
    lane.kill();
    for (const process of lane.processes) this.#drain.onExited(process);
    this.#lanes[lane.lane - this.#firstLane] = undefined;
  }

  async #close(): Promise<void> {
    for (const lane of this.#lanes) if (lane) this.#closeLane(lane);
    await Promise.all([...this.#alive].map((process) => process.exited));
    const hub = this.#hub;
    this.#hub = undefined;
    if (this.#options.resource === undefined) await hub?.close();
  }

  #laneAt(lane: number): ProcessLane | undefined {
    return this.#lanes[lane - this.#firstLane];
  }

  #laneOf(process: Executor): ProcessLane | undefined {
    const lane = this.#laneAt(process.lane);
    return lane?.processes.keyOf(process) === undefined ? undefined : lane;
  }
}
