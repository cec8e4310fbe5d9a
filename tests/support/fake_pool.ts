/**
 * A pool without threads: the test decides when each task ends. Its lanes take and settle in the plan
 * as real workers do.
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

/** What a lane says, without the count of records that the lane adds. */
type Said = LaneMessage extends infer M ? M extends LaneMessage ? Omit<M, "after"> : never : never;

const POSTED_STEP = 1 << 24;
const FIRST_OWNER = 2;

/** See the head of this file. */
export class FakePool implements Pool {
  readonly size: number;
  readonly canKill = true;
  /** Tasks whose results were taken out. */
  readonly dropped: string[] = [];
  readonly state = { dropResult: (_: number, name: string) => void this.dropped.push(name) };
  /** Why the run was cancelled, if this pool was told. */
  aborted: CancelReason | undefined;
  /** Attempts that were told to end: the task's name and the attempt. */
  readonly expired: [name: string, attempt: number][] = [];
  /** What the threads ran that were ended by force. */
  readonly killed: string[] = [];
  readonly #lanes: (FakeLane | undefined)[] = [];
  readonly #waiting = new Map<string, PromiseWithResolvers<FakeTask>>();
  readonly #expiring = new Map<string, PromiseWithResolvers<void>>();
  #waitingForAny: ((task: FakeTask) => void) | undefined;
  #held: { readonly lane: number; readonly deliver: () => void }[] = [];
  readonly #postedBase: number[] = [];
  #nextOwner = FIRST_OWNER;
  #isHolding = false;
  #order: RunSpec | undefined;
  #listener: PoolListener | undefined;
  /** A pending wait for another thread does not keep the process alive; a worker does, as this. */
  #keepAlive: ReturnType<typeof setInterval> | undefined;

  constructor(size: number) {
    this.size = size;
  }

  run(order: RunSpec, listener: PoolListener): void {
    this.#order = order;
    this.#listener = listener;
    this.#keepAlive = setInterval(() => {}, 1000);
    for (let lane = 0; lane < this.size; lane++) {
      this.#postedBase[lane] = 0;
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

  /** Resolves when a lane has taken the task; at once if one runs it already. */
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

  /** Resolves when a lane runs something. */
  nextAny(): Promise<FakeTask> {
    const task = this.#lanes.find((lane) => lane?.task)?.task;
    if (task) return Promise.resolve(task);
    const { promise, resolve } = Promise.withResolvers<FakeTask>();
    this.#waitingForAny = resolve;
    return promise;
  }

  /** Resolves when an attempt of the task is told that it has taken too long. */
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

  /** From now on messages are late: they come when {@linkcode deliver} is called. */
  hold(): void {
    this.#isHolding = true;
  }

  /** The messages held back come in, in order: all, or those of one lane. */
  deliver(only?: number): void {
    const isDue = ({ lane }: { lane: number }) => only === undefined || only === lane;
    const due = this.#held.filter(isDue);
    this.#held = this.#held.filter((message) => !isDue(message));
    for (const message of due) message.deliver();
  }

  /** No thread is left and none can be made. */
  exhaust(error: unknown): void {
    this.#lanes.fill(undefined);
    this.#listener!.exhausted(recordError(error));
  }

  /** Something a lane says between tasks. */
  say(lane: number, said: Said): void {
    this.#lanes[lane]!.say(said);
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
      posted: this.#postedBase[lane]!,
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
    this.#held = this.#held.filter((message) => message.lane !== lane); // nobody hears them now
    this.#postedBase[lane]! += POSTED_STEP;
    this.#listener!.lost(lane, error, this.#postedBase[lane]!);
    if (!isLast) this.#open(lane);
    this.nudge();
  }
}

/** What a lane needs of its pool. */
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

/** A pretended thread. */
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

  say(said: Said): void {
    this.#posted++;
    this.#parts.post({ ...said, after: this.#parts.plan.log.published } as LaneMessage);
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

  /** Its function returns. */
  pass(): void {
    this.#lane.settle(this, TaskState.PASSED);
  }

  /** Its function throws. */
  fail(error: unknown): void {
    this.#lane.say({ type: "failed", task: this.id, error: recordError(error) });
    this.#lane.settle(this, TaskState.FAILED);
  }

  /** Its function gives up since the run was cancelled. */
  giveUp(): void {
    this.#lane.settle(this, TaskState.CANCELLED);
  }

  /** Its function prints a line. */
  print(text: string): void {
    this.#lane.say({ type: "output", task: this.id, channel: "stdout", level: "info", text });
  }

  /** Its worker is gone; another takes its place, unless this was the last there can be. */
  lose(error: unknown = new Error("gone"), { isLast = false }: { isLast?: boolean } = {}): void {
    this.#lane.lose(error, isLast);
  }
}
