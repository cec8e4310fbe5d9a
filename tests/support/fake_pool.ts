/**
 * A pool without threads: the test decides when each task ends. Its lanes take and settle in the
 * plan as real workers do.
 *
 *     const a = await pool.next("a");   // a lane has taken the task a
 *     a.print("hello");
 *     a.pass();
 */
import { type ErrorRecord, recordError } from "../../src/base/error_record.ts";
import type { CancelReason } from "../../src/events/run_event.ts";
import { Plan, type RanOutcome, TaskState } from "../../src/plan/plan.ts";
import type { LaneMessage } from "../../src/lane/lane_message.ts";
import type { Pool, PoolListener } from "../../src/pool/pool.ts";
import type { RunSpec } from "../../src/lane/run_spec.ts";
import type { TaskId } from "../../src/task/task.ts";

/** A message of a lane, without the number of records, which the lane adds. */
type LaneMessageBody = LaneMessage extends infer M
  ? M extends LaneMessage ? Omit<M, "after"> : never
  : never;

const POSTED_STEP = 1 << 24;
const FIRST_OWNER = 2;

/** A pool whose tasks are ended by the test. */
export class FakePool implements Pool {
  readonly size: number;
  readonly canKill = true;
  /** Tasks whose results were removed. */
  readonly dropped: string[] = [];
  readonly state = { dropResult: (_: number, name: string) => void this.dropped.push(name) };
  /** The reason of the cancellation, if the pool was cancelled. */
  aborted: CancelReason | undefined;
  /** Attempts that were aborted: name of the task and attempt. */
  readonly expired: [name: string, attempt: number][] = [];
  /** The tasks of terminated threads. */
  readonly killed: string[] = [];
  readonly #lanes: (FakeLane | undefined)[] = [];
  readonly #waiting = new Map<string, PromiseWithResolvers<FakeTask>>();
  readonly #expiring = new Map<string, PromiseWithResolvers<void>>();
  #waitingForAny: ((task: FakeTask) => void) | undefined;
  #held: { readonly lane: number; readonly deliver: () => void }[] = [];
  readonly #firstSeq: number[] = [];
  #nextOwner = FIRST_OWNER;
  #isHolding = false;
  #order: RunSpec | undefined;
  #listener: PoolListener | undefined;
  /** Keeps the process alive as a worker does: a pending wait does not. */
  #keepAlive: ReturnType<typeof setInterval> | undefined;

  constructor(size: number) {
    this.size = size;
  }

  run(order: RunSpec, listener: PoolListener): void {
    this.#order = order;
    this.#listener = listener;
    this.#keepAlive = setInterval(() => {}, 1000);
    for (let lane = 0; lane < this.size; lane++) {
      this.#firstSeq[lane] = 0;
      this.#open(lane);
    }
    this.nudge();
  }

  nudge(): void {
    for (const lane of this.#lanes) lane?.takeIfIdle();
  }

  abort(reason: CancelReason): void {
    this.aborted = reason;
  }

  expire(_lane: number, task: TaskId, attempt: number): void {
    const name = this.#order!.names[task]!;
    this.expired.push([name, attempt]);
    this.#expiring.get(name)?.resolve();
    this.#expiring.delete(name);
  }

  failTask(): void {}

  kill(lane: number, error: ErrorRecord): void {
    const { task } = this.#lanes[lane]!;
    this.killed.push(task?.name ?? "nothing");
    this.#lose(lane, error, false);
  }

  finish(): Promise<void> {
    this.#isHolding = false;
    this.deliver();
    clearInterval(this.#keepAlive);
    for (const [name, { reject }] of this.#waiting) {
      reject(new Error(`the run is over, and "${name}" was never taken`));
    }
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }

  /** Resolves when a lane has taken the task; immediately if a lane runs the task already. */
  next(name: string): Promise<FakeTask> {
    const task = this.#find(name);
    if (task) return Promise.resolve(task);
    const waiting = this.#waiting.get(name) ?? Promise.withResolvers<FakeTask>();
    this.#waiting.set(name, waiting);
    return waiting.promise;
  }

  /** Resolves when a lane has taken the task again, after `before`. */
  async nextAfter(name: string, before: FakeTask): Promise<FakeTask> {
    const task = await this.next(name);
    if (task !== before) return task;
    const waiting = Promise.withResolvers<FakeTask>();
    this.#waiting.set(name, waiting);
    return await waiting.promise;
  }

  /** Resolves when a lane runs a task. */
  nextAny(): Promise<FakeTask> {
    const task = this.#lanes.find((lane) => lane?.task)?.task;
    if (task) return Promise.resolve(task);
    const { promise, resolve } = Promise.withResolvers<FakeTask>();
    this.#waitingForAny = resolve;
    return promise;
  }

  /** Resolves when an attempt of the task is aborted because of its timeout. */
  async nextExpired(name: string): Promise<void> {
    if (this.expired.some(([expired]) => expired === name)) return;
    const waiting = Promise.withResolvers<void>();
    this.#expiring.set(name, waiting);
    await waiting.promise;
  }

  /** Whether a lane is running the task. */
  has(name: string): boolean {
    return this.#find(name) !== undefined;
  }

  /** Delays messages until {@linkcode deliver} is called. */
  hold(): void {
    this.#isHolding = true;
  }

  /** Delivers the delayed messages in order: all, or those of one lane. */
  deliver(only?: number): void {
    const isDue = ({ lane }: { lane: number }) => only === undefined || only === lane;
    const due = this.#held.filter(isDue);
    this.#held = this.#held.filter((message) => !isDue(message));
    for (const message of due) message.deliver();
  }

  /** Simulates that no thread is left and none can be started. */
  exhaust(error: unknown): void {
    this.#lanes.fill(undefined);
    this.#listener!.exhausted(recordError(error));
  }

  /** Sends a message of a lane between tasks. */
  send(lane: number, message: LaneMessageBody): void {
    this.#lanes[lane]!.send(message);
  }

  #find(name: string): FakeTask | undefined {
    return this.#lanes.find((lane) => lane?.task?.name === name)?.task;
  }

  #open(lane: number): void {
    const { plan, names } = this.#order!;
    const owner = this.#nextOwner++;
    plan.open(lane, owner);
    this.#lanes[lane] = new FakeLane({
      lane,
      plan: Plan.attach(plan.handle, owner),
      names,
      posted: this.#firstSeq[lane]!,
      post: (message) => {
        const deliver = () => this.#listener!.message(lane, message);
        if (this.#isHolding) this.#held.push({ lane, deliver });
        else deliver();
      },
      taken: (task) => {
        this.#waiting.get(task.name)?.resolve(task);
        this.#waiting.delete(task.name);
        this.#waitingForAny?.(task);
        this.#waitingForAny = undefined;
      },
      settled: () => this.nudge(),
      lost: (error, isLast) => this.#lose(lane, recordError(error), isLast),
    });
  }

  #lose(lane: number, error: ErrorRecord, isLast: boolean): void {
    this.#lanes[lane] = undefined;
    // Messages of a lost lane are dropped.
    this.#held = this.#held.filter((message) => message.lane !== lane);
    this.#firstSeq[lane]! += POSTED_STEP;
    this.#listener!.lost(lane, error, this.#firstSeq[lane]!);
    if (!isLast) this.#open(lane);
    this.nudge();
  }
}

/** The context of a lane. */
interface LaneParts {
  readonly lane: number;
  readonly plan: Plan;
  readonly names: readonly string[];
  readonly posted: number;
  readonly post: (message: LaneMessage) => void;
  readonly taken: (task: FakeTask) => void;
  readonly settled: () => void;
  readonly lost: (error: unknown, isLast: boolean) => void;
}

/** A simulated thread. */
class FakeLane {
  task: FakeTask | undefined;
  readonly #parts: LaneParts;
  #posted: number;

  constructor(parts: LaneParts) {
    this.#parts = parts;
    this.#posted = parts.posted;
  }

  takeIfIdle(): void {
    if (!this.task) this.#runs(this.#parts.plan.take(this.#parts.lane, 0));
  }

  send(message: LaneMessageBody): void {
    this.#posted++;
    this.#parts.post({ ...message, after: this.#parts.plan.log.published } as LaneMessage);
  }

  settle(task: FakeTask, outcome: RanOutcome): void {
    const { plan, lane, settled } = this.#parts;
    this.#runs(plan.settleAndTake(lane, task.id, outcome, 0, this.#posted));
    settled();
  }

  lose(error: unknown, isLast: boolean): void {
    this.#parts.lost(error, isLast);
  }

  #runs(id: TaskId | -1): void {
    this.task = id < 0 ? undefined : new FakeTask(this, id as TaskId, this.#parts.names[id]!);
    if (this.task) this.#parts.taken(this.task);
  }
}

/** A task that a lane is running, until the test ends it. */
export class FakeTask {
  readonly id: TaskId;
  readonly name: string;
  readonly #lane: FakeLane;

  constructor(lane: FakeLane, id: TaskId, name: string) {
    this.#lane = lane;
    this.id = id;
    this.name = name;
  }

  /** Passes the task. */
  pass(): void {
    this.#lane.settle(this, TaskState.PASSED);
  }

  /** Fails the task. */
  fail(error: unknown): void {
    this.#lane.send({ type: "failed", task: this.id, error: recordError(error) });
    this.#lane.settle(this, TaskState.FAILED);
  }

  /** Cancels the task, as its function would after an abort. */
  giveUp(): void {
    this.#lane.settle(this, TaskState.CANCELLED);
  }

  /** Prints a line of the task. */
  print(text: string): void {
    this.#lane.send({ type: "output", task: this.id, channel: "stdout", level: "info", text });
  }

  /** Loses the worker; another one replaces it, unless no more can be started. */
  lose(error: unknown = new Error("gone"), { isLast = false }: { isLast?: boolean } = {}): void {
    this.#lane.lose(error, isLast);
  }
}
