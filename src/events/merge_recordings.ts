/**
 * Merges the recordings of the shards of a run into the events of one run.
 *
 * The shards count as started at the same time: the merged run takes as long as its longest shard.
 * Threads are numbered through, those of resources last. A task that ran in several shards has the
 * events of one of them:
 * the worst outcome counts, and among equal ones that which came first. So the end of a dependency
 * is before the start of its dependents, unless it failed in one shard and passed in another.
 */
import { UsageError } from "../base/errors.ts";
import { plural, quoteList } from "../base/text_format.ts";
import type { TaskId } from "../task/task.ts";
import {
  isSkippedByFailure,
  type RunEvent,
  type RunFact,
  type RunShard,
  type RunStarted,
  type TaskInfo,
  type TaskOutcome,
} from "./run_event.ts";

/** The recording of a run, or of a shard of one. */
export interface Recording {
  /** The name of the file, for messages. */
  readonly name: string;
  /** The events, of which the first is `run-started`. */
  readonly events: readonly RunEvent[];
}

/** A fact of the merged run, and its time in milliseconds since the start. */
export type TimedFact = readonly [fact: RunFact, elapsedMs: number];

/** A merged run. */
export interface MergedRun {
  readonly facts: readonly TimedFact[];
  /** The module, as typed for the first shard; undefined if the recording is of no shard. */
  readonly module: string | undefined;
  /** The paths of the modules, if there are others than that. */
  readonly modules: readonly string[] | undefined;
  /** The missing parts of the run, one line each; empty if the recordings are complete. */
  readonly gaps: readonly string[];
}

/**
 * Merges recordings. The recording of a whole run is its only shard.
 *
 * @param recordings At least one, in any order.
 * @param isPartial Whether shards may be missing or incomplete. The tasks of missing shards are
 * left out; tasks that an incomplete one did not finish are cancelled.
 * @throws {UsageError} when the recordings are not of the same run, or not complete.
 */
export function mergeRecordings(recordings: readonly Recording[], isPartial: boolean): MergedRun {
  const shards = recordings.map((it) => new RecordedShard(it))
    .sort((a, b) => a.place.index - b.place.index);
  checkSameRun(shards);
  const gaps = gapsIn(shards);
  if (gaps.length > 0 && !isPartial) {
    throw new UsageError(`Cannot merge the recordings: ${gaps[0]}; --partial merges the others`);
  }
  const { module, modules } = shards[0]!.started.shard ?? {};
  return { facts: new Merger(shards).facts(), module, modules, gaps };
}

/** A recording as a shard. */
class RecordedShard {
  readonly name: string;
  readonly events: readonly RunEvent[];
  readonly started: RunStarted;
  readonly place: RunShard;
  /** The id in the larger run by the id in this one. */
  readonly ids: readonly number[];
  /** The same ids. */
  readonly has: ReadonlySet<number>;
  /** The outcome of each task by the id in the larger run, and its time. */
  readonly ends = new Map<number, { readonly outcome: TaskOutcome; readonly atMs: number }>();

  constructor({ name, events }: Recording) {
    this.name = name;
    this.events = events;
    this.started = events[0] as RunEvent & RunStarted;
    const { tasks, shard } = this.started;
    const rejection = events.find(({ type }) => type === "stray-error");
    if (tasks.length === 0 && shard === undefined && rejection?.type === "stray-error") {
      throw new UsageError(
        `Cannot merge ${quoteList([name])}: its run was rejected: ${rejection.error.message}`,
      );
    }
    this.place = shard ?? { index: 1, count: 1, module: name, tasks };
    const ids = new Map(this.place.tasks.map((task, id) => [task.name, id]));
    const unknown = tasks.find((task) => !ids.has(task.name));
    if (unknown !== undefined) {
      throw new UsageError(
        `Cannot merge ${quoteList([name])}: ${
          quoteList([unknown.name])
        } is no task of the larger run`,
      );
    }
    this.ids = tasks.map((task) => ids.get(task.name)!);
    this.has = new Set(this.ids);
    for (const event of events) {
      if (event.type !== "task-finished") continue;
      this.ends.set(this.ids[event.task]!, { outcome: event.outcome, atMs: event.elapsedMs });
    }
  }

  /** `1/3`. */
  get label(): string {
    return `${this.place.index}/${this.place.count}`;
  }

  /** Number of threads of resources, which are numbered from `workers` on. */
  get resources(): number {
    const { workers } = this.started;
    return this.events.reduce(
      (max, event) => event.type === "task-started" ? Math.max(max, event.worker + 1) : max,
      workers,
    ) - workers;
  }

  get isFinished(): boolean {
    return this.events.at(-1)!.type === "run-finished";
  }
}

/** Checks that shards are of one run, and that none is given twice. */
function checkSameRun([first, ...others]: readonly RecordedShard[]): void {
  let previous = first!;
  for (const shard of others) {
    const names = quoteList([first!.name, shard.name]);
    const cannot = `Cannot merge ${names}`;
    const difference = differenceOf(first!.place.tasks, shard.place.tasks);
    if (difference !== undefined) {
      throw new UsageError(`${cannot}: they are recordings of different graphs: ${difference}`);
    }
    if (shard.place.count !== first!.place.count) {
      throw new UsageError(
        `${cannot}: they are the shards ${first!.label} and ${shard.label} of different runs`,
      );
    }
    if (shard.place.index === previous.place.index) {
      throw new UsageError(
        `Cannot merge ${quoteList([previous.name, shard.name])}: both are ${
          shard.place.count === 1 ? "recordings of a whole run" : `the shard ${shard.label}`
        }`,
      );
    }
    previous = shard;
  }
}

/** The first difference between the tasks of two graphs; undefined if there is none. */
function differenceOf(some: readonly TaskInfo[], others: readonly TaskInfo[]): string | undefined {
  const [own, other] = [namesOf(some), namesOf(others)];
  const only = [...own.symmetricDifference(other)].sort()[0];
  if (only !== undefined) return `${quoteList([only])} is a task of one alone`;
  const changed = some.find(({ after }, id) => after.join() !== others[id]!.after.join());
  return changed && `${quoteList([changed.name])} has other dependencies`;
}

function namesOf(tasks: readonly TaskInfo[]): Set<string> {
  return new Set(tasks.map(({ name }) => name));
}

/** Lists what shards lack to be the whole run. */
function gapsIn(shards: readonly RecordedShard[]): string[] {
  const { count, tasks } = shards[0]!.place;
  const given = new Set(shards.map(({ place }) => place.index));
  const missing = Array.from({ length: count }, (_, i) => i + 1).filter((it) => !given.has(it));
  const ids = new Set(shards.flatMap((shard) => shard.ids));
  // A shard may have had fewer threads: then it has no nodes of the others.
  const lost = new Set(tasks.keys().filter((id) => tasks[id]!.worker === undefined)).difference(
    ids,
  );
  const gaps = shards.filter(({ isFinished }) => !isFinished)
    .map(({ name }) => `${quoteList([name])} ends before the end of its run, which was killed`);
  if (missing.length > 0) {
    const names = missing.map((index) => `${index}/${count}`).join(", ");
    const [shard, is] = missing.length === 1 ? ["shard", "is"] : ["shards", "are"];
    gaps.push(`the ${shard} ${names} ${is} missing, with ${plural(lost.size, "task")}`);
  } else if (lost.size > 0) {
    const names = quoteList([...lost].map((id) => tasks[id]!.name));
    gaps.push(
      `no shard has ${names}: the shards were balanced by different durations; keep ".tdrun" the ` +
        "same on all machines",
    );
  }
  return gaps;
}

/** Rank of an outcome: the highest one counts. */
function severityOf(outcome: TaskOutcome): number {
  if (outcome.status === "failed") return 4;
  if (outcome.status === "cancelled") return 3;
  if (isSkippedByFailure(outcome)) return 2;
  return outcome.status === "passed" ? 1 : 0;
}

/** Returns the number of a shard's thread in the merged run. */
type WorkerMap = (worker: number) => number;

/** Merges the events of checked shards. */
class Merger {
  readonly #shards: readonly RecordedShard[];
  /** The id in the merged run by the id in the larger run. */
  readonly #ids = new Map<number, TaskId>();
  /** By the id in the larger run: the shard whose events count. */
  readonly #owners = new Map<number, RecordedShard>();

  constructor(shards: readonly RecordedShard[]) {
    this.#shards = shards;
    const present = new Set(shards.flatMap(({ ids }) => ids));
    for (const id of [...present].sort((a, b) => a - b)) {
      this.#ids.set(id, this.#ids.size as TaskId);
      this.#owners.set(id, this.#ownerOf(id));
    }
  }

  /** Number of threads, without those of resources. */
  get #workers(): number {
    return this.#shards.reduce((sum, { started }) => sum + started.workers, 0);
  }

  facts(): TimedFact[] {
    const facts: TimedFact[] = [];
    let firstWorker = 0;
    let firstResource = this.#workers;
    for (const shard of this.#shards) {
      const { workers } = shard.started;
      const [worker, resource] = [firstWorker, firstResource - workers];
      const workerOf = (it: number) => it + (it < workers ? worker : resource);
      facts.push(...this.#factsOf(shard, workerOf));
      firstWorker += workers;
      firstResource += shard.resources;
    }
    facts.sort(([, a], [, b]) => a - b); // stable
    let isCancelled = false;
    const merged = facts.filter(([{ type }]) => {
      if (type !== "run-cancelled") return true;
      const isFirst = !isCancelled;
      isCancelled = true;
      return isFirst;
    });
    const endMs = Math.max(...this.#shards.map(({ events }) => events.at(-1)!.elapsedMs));
    return [[this.#start(), 0], ...merged, [this.#end(), endMs]];
  }

  #ownerOf(id: number): RecordedShard {
    let owner: RecordedShard | undefined;
    for (const shard of this.#shards.filter(({ has }) => has.has(id))) {
      const [best, end] = [owner?.ends.get(id), shard.ends.get(id)];
      owner ??= shard;
      if (end === undefined) continue;
      const rank = severityOf(end.outcome) - (best === undefined ? -1 : severityOf(best.outcome));
      if (rank > 0 || (rank === 0 && end.atMs < best!.atMs)) owner = shard;
    }
    return owner!;
  }

  #start(): RunStarted {
    const { tasks } = this.#shards[0]!.place;
    return {
      type: "run-started",
      tasks: [...this.#ids.keys()].map((id): TaskInfo => ({
        ...tasks[id]!,
        after: tasks[id]!.after.flatMap((it) => this.#ids.get(it) ?? []),
      })),
      workers: this.#workers,
      startedAt: this.#shards.map(({ started }) => started.startedAt).sort()[0]!,
      mocked: [...new Set(this.#shards.flatMap(({ started }) => started.mocked))],
    };
  }

  #end(): RunFact {
    const times = this.#shards.flatMap(({ events }) =>
      events.flatMap((event) => event.type === "run-finished" ? event.finishedAt : [])
    );
    return { type: "run-finished", finishedAt: times.sort().at(-1) ?? this.#start().startedAt };
  }

  *#factsOf(shard: RecordedShard, workerOf: WorkerMap): Generator<TimedFact> {
    const running = new Map<number, number>();
    for (const event of shard.events) {
      if (event.type === "task-started") running.set(event.task, event.worker);
      if (event.type === "task-retried") running.delete(event.task);
      const fact = this.#factOf(event, shard, workerOf);
      if (fact !== undefined) yield [fact, event.elapsedMs];
    }
    if (shard.isFinished) return;
    const atMs = shard.events.at(-1)!.elapsedMs;
    const outcome = { status: "cancelled", reason: "interrupted" } as const;
    yield [{ type: "run-cancelled", reason: "interrupted" }, atMs];
    for (const [task, id] of shard.ids.entries()) {
      if (this.#owners.get(id) !== shard || shard.ends.has(id)) continue;
      const lane = running.get(task);
      const worker = lane === undefined ? null : workerOf(lane);
      yield [{ type: "task-finished", task: this.#ids.get(id)!, worker, outcome }, atMs];
    }
  }

  /** The event of a shard in the merged run; undefined if it is left out. */
  #factOf(event: RunEvent, shard: RecordedShard, workerOf: WorkerMap): RunFact | undefined {
    const idOf = (task: TaskId) => this.#ids.get(shard.ids[task]!)!;
    const isOwn = (task: TaskId) => this.#owners.get(shard.ids[task]!) === shard;
    switch (event.type) {
      case "run-started":
      case "run-finished":
        return undefined;
      case "run-cancelled":
        return event;
      case "task-queued":
        return isOwn(event.task) ? { ...event, task: idOf(event.task) } : undefined;
      case "task-started":
      case "task-retried":
        if (!isOwn(event.task)) return undefined;
        return { ...event, task: idOf(event.task), worker: workerOf(event.worker) };
      case "task-output": {
        const { task, worker } = event;
        if (task !== null && !isOwn(task)) return undefined;
        return { ...event, task: task === null ? null : idOf(task), worker: workerOf(worker) };
      }
      case "task-finished": {
        if (!isOwn(event.task)) return undefined;
        const { worker, outcome } = event;
        return {
          ...event,
          task: idOf(event.task),
          worker: worker === null ? null : workerOf(worker),
          outcome: outcome.status !== "skipped" ? outcome : {
            ...outcome,
            via: outcome.via === null ? null : idOf(outcome.via),
            cause: outcome.cause === null ? null : idOf(outcome.cause),
          },
        };
      }
      case "stray-error": {
        const { worker, suspects } = event;
        return {
          ...event,
          worker: worker === null ? null : workerOf(worker),
          suspects: suspects.map(idOf),
        };
      }
      case "worker-lost":
        return { ...event, worker: workerOf(event.worker) };
    }
  }
}
