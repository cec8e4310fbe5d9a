/**
 * The resources of a run on remote workers. They are set up in threads of the driver's process, and
 * their values are sent to the workers as results, by the op log.
 *
 * The thread of a resource has a state of its own, since the remote workers own that of the run: a
 * copy at the time when the resource is first set up, with the results of its dependencies.
 *
 * Race prevented: a user that starts before the value is in the log. A set-up settles in the plan
 * by itself, and the driver may take a user before it learns of that. So no attempt of a user is
 * enqueued until the driver has appended the values of its resources.
 */
import { UsageError } from "../../base/errors.ts";
import { WorkerPool } from "../../pool/worker_pool.ts";
import type { Pool, ResourceLaneOptions } from "../../pool/pool.ts";
import type { RunSpec } from "../../lane/run_spec.ts";
import { encodeResult } from "../../state/results/encode_result.ts";
import { SharedState } from "../../state/shared_state.ts";
import type { TaskId, TaskSpec } from "../../task/task.ts";
import type { Follower } from "../follower.ts";
import { driverAuthors, StateLog } from "../state_log.ts";
import type { DriverSession } from "./driver_session.ts";

/** Options of {@linkcode DriverResources}. */
export interface DriverResourcesOptions {
  readonly session: DriverSession;
  readonly follower: Follower;
  /** The driver's copy of the state of the run. */
  readonly state: SharedState;
  /** Number of lanes for tasks: those of resources follow. */
  readonly size: number;
  /** The next owner id in plans. */
  nextOwner(): number;
}

/** The resources of a run, on the driver's machine. */
export class DriverResources {
  readonly #options: DriverResourcesOptions;
  readonly #log: StateLog;
  readonly #nextAuthor = driverAuthors("resources");
  /** The states of the threads, by lane. */
  readonly #states = new Map<number, SharedState>();
  /** The attempt of each set-up whose value is in the log. */
  readonly #published = new Map<TaskId, number>();
  #done: Promise<void> = Promise.resolve();

  constructor(options: DriverResourcesOptions) {
    this.#options = options;
    const { session, follower, state } = options;
    this.#log = new StateLog(session.connections, session.key, follower, state.replica);
  }

  /** Creates the pool for the lane of a resource, whose dependencies have ended. */
  createLane(options: ResourceLaneOptions, spec: RunSpec): Pool {
    const { state, size, nextOwner } = this.#options;
    const own = SharedState.create();
    own.replica.loadSnapshot(state.replica.takeSnapshot());
    this.#states.set(options.firstLane, own);
    const setUp = setUpsOf(spec)[options.firstLane - size]!;
    for (const [name, value] of this.#valuesFor(setUp, spec)) own.setResult(name, value);
    return new WorkerPool({
      size: 1,
      state: own,
      resource: { ...options, results: () => undefined, nextOwner },
    });
  }

  /**
   * Resolves when the workers can read the values of the resources that a task uses.
   *
   * @param ready Resolves when earlier changes of results are in the log.
   */
  publishFor(task: TaskId, spec: RunSpec, ready: Promise<void>): Promise<void> {
    if (specOf(task, spec)?.use === undefined) return ready; // most tasks; the rest looks at all
    const { plan } = spec;
    for (const [name, value] of this.#valuesFor(task, spec)) {
      const setUp = spec.names.indexOf(name) as TaskId;
      const attempt = plan.attemptOf(setUp);
      if (this.#published.get(setUp) === attempt) continue;
      this.#published.set(setUp, attempt);
      const before = this.#done;
      this.#done = Promise.all([ready, before]).then(() => this.#append(name, value));
    }
    return Promise.all([ready, this.#done]).then(() => {});
  }

  async #append(name: string, value: unknown): Promise<void> {
    const batch = encodeResult(this.#options.state.replica, name, value);
    const request = { growth: batch.length, shrinks: false, place: undefined };
    await this.#log.append(this.#nextAuthor(), request, batch);
  }

  /** The values of the resources that a node uses, by name. */
  #valuesFor(node: TaskId, spec: RunSpec): [name: string, value: unknown][] {
    const setUps = setUpsOf(spec);
    return (specOf(node, spec)?.use ?? []).flatMap((name): [string, unknown][] => {
      const index = setUps.findIndex((it) => spec.names[it] === name);
      const found = this.#states.get(this.#options.size + index)?.resultOf(name);
      return found === undefined ? [] : [[name, found.value]];
    });
  }
}

function specOf(node: TaskId, { names, local }: RunSpec): TaskSpec | undefined {
  return local.get(names[node]!)?.spec;
}

/** The set-ups of a run, in the order of their lanes. */
function setUpsOf(spec: RunSpec): TaskId[] {
  const ids = [...spec.names.keys()] as TaskId[];
  return ids.filter((id) => specOf(id, spec)?.kind === "resource");
}

/**
 * Checks that the resources of a run can be set up by the driver of an engine.
 *
 * @throws {UsageError} naming the first that cannot.
 */
export function checkDriverResources(tasks: readonly TaskSpec[]): void {
  for (const { name, kind, scope, use = [], restarts, policy } of tasks) {
    if (kind !== "resource") continue;
    const cannot = `Cannot run the resource "${name}" on an engine`;
    if (scope === "thread") {
      throw new UsageError(
        `${cannot}: workers have no resources of the scope "thread"; give it the scope "run", ` +
          `or mock it: --result-${name}=…`,
      );
    }
    if (policy?.permissions !== undefined) {
      throw new UsageError(
        `${cannot}: it is set up in the driver's process, with the permissions of that; remove ` +
          "its permissions",
      );
    }
    if (restarts !== undefined && use.length > 0) {
      throw new UsageError(
        `${cannot}: a resource that uses others cannot be set up again there; remove "restart"`,
      );
    }
  }
}
