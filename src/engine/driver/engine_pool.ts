/**
 * Runs tasks on workers of an engine. The driver has the plan, and takes a task when a worker has room for it;
 * what workers say of it comes through a stream. Where a driver goes on with a run that another began, the
 * stream has what was said since then, and an attempt that has ended is not run again.
 */
import { type ErrorRecord, recordError } from "../../base/error_record.ts";
import type { CancelReason } from "../../events/run_event.ts";
import type { Pool, PoolListener } from "../../pool/pool.ts";
import type { RunSpec } from "../../lane/run_spec.ts";
import { logger } from "../../task/logger.ts";
import type { TaskId } from "../../task/task.ts";
import { settlesWithin } from "../../runtime/settles_within.ts";
import { queueMicrotask } from "../../runtime/timers.ts";
import { attemptKey, type Job, type WorkerEvent } from "../engine_protocol.ts";
import { handleRecall } from "./handle_recall.ts";
import { terminateAttempt } from "./terminate_attempt.ts";
import type { AttemptEvent, EngineLane, EngineLaneContext } from "./engine_lane.ts";
import { ResultRollback } from "./result_rollback.ts";
import { EngineLanes } from "./engine_lanes.ts";
import { WorkerRegistry } from "./worker_registry.ts";
import { toEngineFailure } from "../redis/engine_failure.ts";
import { stateReadOnlyError } from "./read_only_state.ts";
import { subscribeToEvents } from "./subscribe_to_events.ts";
import { CoalescingCall } from "./coalescing_call.ts";
import { toEngineRunSpec } from "./engine_run_spec.ts";
import { EventBacklog } from "./event_backlog.ts";
import type { EnginePoolOptions } from "./engine_pool_options.ts";

/** At the end, workers that are alive have so long to say what is left to say. */
const END_MS = 15_000;
/** What has gone wrong for good is let go of within this time, or expires. */
const LET_GO_MS = 2_000;

/** See the head of this file. */
export class EnginePool implements Pool {
  readonly size: number;
  readonly canKill = true;
  readonly state = {
    dropResult: (task: number, name: string): void => {
      const next = attemptKey(task as TaskId, this.#host!.order.plan.attemptOf(task) + 1);
      this.#try(this.#dropped.drop(name, next));
    },
  };
  readonly #parts: EnginePoolOptions;
  readonly #crew: WorkerRegistry;
  readonly #past: EventBacklog;
  readonly #lanes: EngineLanes;
  readonly #dropped: ResultRollback;
  readonly #filling = new CoalescingCall(() => this.#fill());
  #host: EngineLaneContext | undefined;
  /** What has gone wrong for good. */
  #broken: ErrorRecord | undefined;
  #isOver = false;
  #onCrew: () => void = () => {};

  constructor(parts: EnginePoolOptions) {
    this.size = parts.size;
    this.#parts = parts;
    this.#past = new EventBacklog(parts.isResumed);
    this.#lanes = new EngineLanes(this.#past);
    const { link, follower, state } = parts;
    this.#dropped = new ResultRollback(link, follower, state.replica);
    this.#crew = new WorkerRegistry({
      howTo: parts.howTo,
      say: (level, text) => logger[level](text),
      giveUp: (error) => this.fail(error),
    });
  }

  run(order: RunSpec, listener: PoolListener): void {
    this.#parts.state.refuseWrites(stateReadOnlyError);
    this.#host = {
      order,
      listener,
      begin: (lane, key, job) => this.#begin(lane, key, job),
      ended: (key) => {
        this.#lanes.ended(key);
        this.nudge();
      },
      lost: (lane, error) => this.#lose(lane, error),
    };
    this.#lanes.open(this.#host, this.size);
    const broken = this.#broken;
    if (broken !== undefined) return queueMicrotask(() => listener.exhausted(broken));
    this.#announce(order).catch((error) => this.fail(error));
  }

  nudge(): void {
    // What was said before is heard in there, and ends one task after the other.
    this.#filling.request();
  }

  abort(reason: CancelReason): void {
    this.#try(this.#parts.link.abort({ type: "abort", reason }));
  }

  expire(_lane: number, task: TaskId, attempt: number): void {
    this.#try(this.#parts.link.tell({ type: "expire", task, attempt }));
  }

  kill(index: number, error: ErrorRecord): void {
    const lane = this.#lanes.at(index);
    const { key } = lane;
    if (key) this.#try(terminateAttempt(this.#parts.link, this.#crew, this.#lanes, { key, error }));
    this.#lose(lane, error);
  }

  /** The run cannot go on: what runs is lost, and nothing more will be run. */
  fail(cause: unknown): void {
    if (this.#broken !== undefined || this.#isOver) return;
    const { name, message, full } = toEngineFailure(cause);
    const error = this.#broken = { type: name, message };
    logger.error(`The run cannot go on: ${full}`);
    this.#crew[Symbol.dispose]();
    this.#onCrew();
    this.#lanes.busy.forEach((lane) => this.#lose(lane, error));
    this.#host?.listener.exhausted(error);
  }

  async finish(): Promise<void> {
    const { link, state } = this.#parts;
    this.#isOver = true;
    this.#crew[Symbol.dispose]();
    try {
      const hasEnded = await settlesWithin(this.#end(), END_MS);
      if (!hasEnded) throw new Error(`it did not end within ${END_MS / 1_000} s`);
    } catch (error) {
      logger.warn(`The run may still stand at the engine: ${recordError(error).message}`);
    } finally {
      state.refuseWrites(undefined);
      link.close();
      this.#host = undefined;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { link, isResumed } = this.#parts;
    // Where nothing had to be run, nothing was finished. What cannot be removed expires by itself.
    const isIdle = !this.#isOver && this.#host === undefined;
    if (isIdle) await settlesWithin(link.release(isResumed).catch(() => {}), END_MS);
    link.close();
  }

  async #announce(order: RunSpec): Promise<void> {
    const { link, isResumed, module, follower } = this.#parts;
    if (isResumed) this.#past.begin(await link.past());
    const crew = isResumed ? await link.crew() : [];
    if (this.#isOver) return; // cancelled meanwhile
    this.#crew.begin(crew);
    this.#listen();
    link.beat(() => follower.place, () => this.#beat(), (error) => this.fail(error));
    await link.announce(toEngineRunSpec(order, module));
  }

  /** Has lanes take tasks, as many as there is room for. */
  #fill(): void {
    for (let lane = 0; lane < this.size; lane++) {
      if (this.#host === undefined || this.#broken !== undefined) return;
      if (this.#lanes.at(lane).job !== undefined) continue;
      const hasRoom = this.#crew.room > this.#lanes.running || this.#past.isOpen;
      if (!hasRoom || !this.#lanes.at(lane).take()) return;
    }
  }

  #listen(): void {
    subscribeToEvents(this.#parts, this.#past, {
      hear: (said, isPast) => this.#hear(said, isPast),
      isOver: () => this.#host === undefined || this.#broken !== undefined,
      // At the end connections are closed under those who read.
      fail: (error) => this.#isOver || this.fail(error),
    });
  }

  #hear(said: WorkerEvent, isPast: boolean): void {
    const { link, module } = this.#parts;
    switch (said.type) {
      case "message":
        if (said.key !== undefined) this.#hearOf(said.key, said);
        else if (!isPast) this.#lanes.at(said.lane % this.size).say(said.message);
        break;
      case "settled":
      case "lost":
        this.#hearOf(said.key, this.#past.reinterpret(said));
        break;
      case "began":
        this.#lanes.begun(said.key, said.worker);
        if (said.begins > 1 && !isPast) {
          const name = this.#host?.order.names[Number.parseInt(said.key)];
          logger.warn(`${name} begins again: the worker that ran it was lost`);
        }
        break;
      case "notice":
        if (!isPast) this.#host?.listener.notice(said.lane % this.size, said.text);
        break;
      case "recall":
        if (!isPast) this.#try(handleRecall(link, module, this.#host!.order, said));
        break;
      default:
        this.#crew.hear(said, isPast);
        this.#onCrew();
    }
    this.nudge();
  }

  #hearOf(key: string, said: AttemptEvent): void {
    const lane = this.#lanes.of(key);
    if (lane) lane.hear(said);
    else this.#past.keep(key, said);
  }

  #begin(lane: EngineLane, key: string, job: Job): void {
    this.#lanes.began(key, lane);
    const past = this.#past.take(key);
    for (const said of past) if (this.#lanes.of(key) === lane) lane.hear(said);
    if (this.#lanes.of(key) === lane) this.#add(job);
  }

  #add(job: Job): void {
    const name = this.#host!.order.names[job.task]!;
    this.#try(this.#dropped.done.then(() => this.#parts.link.add(name, job)));
  }

  async #beat(): Promise<void> {
    for (const id of await this.#parts.link.dropLost(this.#crew.members)) this.#crew.remove(id);
    this.#onCrew();
    // A server that was restarted may have lost a job; one that is there still stays as it is.
    for (const { job } of this.#lanes.busy) this.#add(job!);
    this.nudge();
  }

  #lose(lane: EngineLane, error: ErrorRecord): void {
    const posted = this.#lanes.lost(lane);
    // The plan is told first: it takes the lane from its owner, and gives its task an outcome.
    this.#host?.listener.lost(lane.lane, error, posted);
    this.#lanes.reopen(lane.lane);
    if (this.#broken === undefined) this.nudge();
  }

  async #end(): Promise<void> {
    const { link, follower, state, isNamed } = this.#parts;
    if (this.#broken) {
      return void await settlesWithin(link.release(isNamed).catch(() => {}), LET_GO_MS);
    }
    await link.finish();
    while (this.#crew.members.length > 0 && this.#broken === undefined) {
      await new Promise<void>((resolve) => this.#onCrew = resolve);
    }
    await this.#dropped.done;
    const { place, nextBlock } = await link.end();
    await follower.reach(place);
    state.replica.skipIds(nextBlock);
    await link.remove();
  }

  /** What cannot be said to the engine ends the run. */
  async #try(saying: Promise<void>): Promise<void> {
    try {
      await saying;
    } catch (error) {
      this.fail(error);
    }
  }
}
