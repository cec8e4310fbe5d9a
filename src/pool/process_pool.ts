/**
 * Runs tasks in processes of their own, so that a task can do nothing to the run but fail: a hang is ended
 * for real, running out of memory ends one process, and what a task is permitted is enforced.
 *
 * As with workers, processes are started while ready tasks wait for one, never more than there is work for;
 * one that is lost is replaced, and what it was running fails.
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
import type { Pool, PoolListener, PoolOptions } from "./pool.ts";
import type { RunSpec } from "../lane/run_spec.ts";
import { RunAckTimeout } from "../lane/run_ack_timeout.ts";
import type { FromProcess } from "../process/ipc_protocol.ts";
import { ProcessHub } from "../process/process_hub.ts";
import { ProcessDrain, STILL_BUSY } from "../process/process_drain.ts";
import { PermissionSets } from "../process/permission_sets.ts";
import { ProcessHandle } from "../process/process_handle.ts";
import { LocalStateSession } from "../process/local_state_session.ts";
import { ProcessLane, type ProcessLaneContext } from "./process_lane.ts";
import { modulesOf, writeRunSpec, writeStartSummary } from "../process/run_spec_files.ts";

/** See the head of this file. */
export class ProcessPool implements Pool {
  readonly size: number;
  readonly canKill = true;
  readonly state: SharedState;
  readonly #options: PoolOptions;
  readonly #lanes: (ProcessLane | undefined)[];
  readonly #lost: LaneRestarts;
  readonly #words: ProcessDrain;
  readonly #silence = new RunAckTimeout();
  /** All that have not ended yet. */
  readonly #alive = new Set<ProcessHandle>();
  #house: ProcessHub | undefined;
  #nextId = 0;
  #nextOwner = FIRST_OWNER_ID;
  #orderPath = "";
  #hasTeardown = false;
  #host: ProcessLaneContext | undefined;
  #disposal: Promise<void> | undefined;

  constructor(options: PoolOptions) {
    this.size = options.size;
    this.state = options.state;
    this.#options = options;
    this.#words = new ProcessDrain(options.endingLimits ?? SHUTDOWN_TIMEOUTS);
    this.#lanes = new Array(options.size).fill(undefined);
    this.#lost = new LaneRestarts(options.size);
  }

  run(order: RunSpec, listener: PoolListener): void {
    this.#house ??= new ProcessHub(this.state);
    this.#lost.clear();
    this.#orderPath = this.#house.write((folder) => writeRunSpec(folder, order));
    this.#host = {
      order,
      listener,
      sets: PermissionSets.of(order.names, order.local),
      readyLimits: this.#options.readyLimits,
      settled: () => this.nudge(),
      notReady: (lane, why) => {
        this.#lost.stopRestarting(this.#lanes);
        this.#lose(lane, { type: "ProcessLostError", message: `the process ${why}` }, true);
      },
    };
    for (const [lane, before] of this.#lanes.entries()) if (before) this.#open(lane, before);
    const { lastWordsMs } = this.#options.endingLimits ?? SHUTDOWN_TIMEOUTS;
    this.#silence.begin(this.#lanes, lastWordsMs, (lane) => this.#lose(lane, STILL_BUSY, false));
    this.nudge();
  }

  nudge(): void {
    if (!this.#host) return;
    for (const lane of this.#lanes) lane?.takeIfIdle();
    const { readyCount } = this.#host.order.plan;
    let waiting = readyCount - this.#lanes.filter((it) => it && !it.isReady).length;
    for (let lane = 0; lane < this.size && waiting > 0; lane++) {
      if (this.#lanes[lane] || this.#lost.cannotRestart(lane)) continue;
      this.#open(lane);
      waiting--;
    }
  }

  abort(reason: CancelReason): void {
    for (const lane of this.#lanes) lane?.abort(reason);
  }

  expire(lane: number, task: TaskId, attempt: number): void {
    this.#lanes[lane]?.running?.post({ type: "expire", task, attempt });
  }

  kill(lane: number, error: ErrorRecord): void {
    this.#lanes[lane]?.running?.killDescendants();
    if (this.#lanes[lane]) this.#lose(this.#lanes[lane], error, false);
  }

  async finish(): Promise<void> {
    const isLast = !this.#options.keepWorkers;
    this.#silence.end();
    this.#hasTeardown ||= this.#host!.order.hooks.teardownWorker !== undefined;
    await Promise.all(this.#lanes.map((lane) => {
      if (!lane) return;
      // One that came too late to take a task has nothing to say, and may be loading still.
      const isUnused = !lane.hasRun && !this.#hasTeardown;
      if (isUnused && isLast) return this.#end(lane);
      if (isUnused && !lane.isReady) return; // the next run will find it there
      return this.#lastWords(lane, isLast);
    }));
    this.#host = undefined;
    for (const lane of this.#lanes) lane?.end();
    if (isLast) await this.#close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#disposal ??= this.#dispose();
  }

  async #dispose(): Promise<void> {
    if (!this.#house) return;
    const teardown = (lane?: ProcessLane) => lane && this.#lastWords(lane, true);
    if (this.#hasTeardown) await Promise.all(this.#lanes.map(teardown));
    await this.#close();
  }

  /** Gives a lane of the run its processes: those it had in the run before, and new ones. */
  #open(lane: number, before?: ProcessLane): void {
    const processes = new Map<string, ProcessHandle>();
    for (const [key, permissions] of this.#host!.sets.all) {
      const process = before?.processes.get(key) ?? this.#start(lane, permissions);
      process.isReady = false;
      process.isAwaitingAck = process.hasBeenReady;
      process.post({ type: "run", run: ++process.runs, path: this.#orderPath });
      processes.set(key, process);
    }
    for (const process of before?.processes.values() ?? []) {
      if (!processes.values().some((it) => it === process)) process.kill();
    }
    const place = { owner: this.#nextOwner++, posted: this.#lost.postedBase(lane) };
    this.#lanes[lane] = new ProcessLane(this.#host!, lane, processes, place);
  }

  #start(lane: number, permissions: TaskPermissions | undefined): ProcessHandle {
    const [house, id] = [this.#house!, this.#nextId++];
    const process = new ProcessHandle({
      ...{ house, id, lane },
      seat: new LocalStateSession(this.state, house.log, id, threadName(lane)),
      permissions,
      modules: modulesOf(this.#host!.order.code),
    }, {
      message: (from, message) => this.#receive(from, message),
      printed: (from, ...line) => this.#laneOf(from)?.printed(from, ...line),
      gone: (from, error) => this.#gone(from, error),
      isAborted: () => this.#host?.order.plan.aborted ?? false,
    });
    this.#alive.add(process);
    process.ended.then(() => this.#alive.delete(process));
    return process;
  }

  #receive(process: ProcessHandle, message: FromProcess): void {
    switch (message.type) {
      case "heard":
        process.isAwaitingAck = false;
        return;
      case "ready":
        process.hasBeenReady = true;
        return void this.#admit(process, message.run);
      case "broken":
        process.kill();
        return this.#gone(process, message.error, !this.#laneOf(process)?.hasRun);
      case "recall":
        return this.#recall(process, message);
      case "finished":
        return void process.marked(message.marked).then(() => this.#words.drained(process));
      default:
        this.#laneOf(process)?.message(process, message);
    }
  }

  /** A process has loaded the code. It may not read the file itself, to see whether it is the run's. */
  async #admit(process: ProcessHandle, run: number): Promise<void> {
    const code = this.#host?.order.code;
    try {
      if (code?.kind === "module" && run === 1) await rejectOtherVersion(code.url, code.version);
    } catch (error) {
      process.kill();
      return this.#gone(process, recordError(error), true);
    }
    if (run === process.runs) process.isReady = true;
    this.nudge();
  }

  #recall(process: ProcessHandle, { key, start }: { key: string; start: number }): void {
    const path = writeStartSummary(this.#house!.folder, this.#host?.order.recall(key, start));
    process.post({ type: "recalled", key, start, path });
  }

  #gone(process: ProcessHandle, error: ErrorRecord, isHopeless = !process.hasBeenReady): void {
    const lane = this.#laneOf(process);
    if (!lane) return;
    const isElsewhere = lane.running !== undefined && lane.running !== process;
    // Another of its processes is busy, and has done nothing wrong.
    if (isElsewhere && !isHopeless) this.#replace(lane, process, error);
    else this.#lose(lane, error, isHopeless);
  }

  #replace(lane: ProcessLane, process: ProcessHandle, error: ErrorRecord): void {
    const [key] = [...lane.processes].find(([, it]) => it === process)!;
    const next = this.#start(lane.lane, this.#host!.sets.all.get(key));
    next.post({ type: "run", run: ++next.runs, path: this.#orderPath });
    lane.replace(key, next, error);
  }

  #lose(lane: ProcessLane, error: ErrorRecord, isHopeless: boolean): void {
    this.#end(lane);
    if (this.#lost.laneLost(lane.lane, error, isHopeless, this.#host?.listener)) this.nudge();
  }

  async #lastWords(lane: ProcessLane, isLast: boolean): Promise<void> {
    const listener = this.#host?.listener;
    const hasTeardown = isLast && this.#hasTeardown;
    const { givenUp, left } = await this.#words.drain(lane.processes, isLast, hasTeardown);
    if (givenUp) this.#lose(lane, { type: "ProcessLostError", message: givenUp }, false);
    for (const why of left) listener?.message(lane.lane, teardownFailure(why));
  }

  #end(lane: ProcessLane): void {
    lane.lose();
    for (const process of lane.processes.values()) this.#words.died(process); // it says no last word
    this.#lanes[lane.lane] = undefined;
  }

  async #close(): Promise<void> {
    for (const lane of this.#lanes) if (lane) this.#end(lane);
    await Promise.all([...this.#alive].map((process) => process.ended));
    const house = this.#house;
    this.#house = undefined;
    await house?.close();
  }

  #laneOf(process: ProcessHandle): ProcessLane | undefined {
    const lane = this.#lanes[process.lane];
    return lane?.processes.values().some((it) => it === process) ? lane : undefined;
  }
}
