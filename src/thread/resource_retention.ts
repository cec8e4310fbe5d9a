/**
 * A resource that may outlive its run, on its own thread. A read or a write of the shared state,
 * other than of results that it declares, binds it to the run: the next run has another state.
 */
import { recordThrown } from "./hook_error.ts";
import type { ErrorRecord } from "../base/error_record.ts";
import type { Plan } from "../plan/plan.ts";
import type { SharedState } from "../state/shared_state.ts";
import type { FoundTask, TaskId } from "../task/task.ts";

/** Options of {@linkcode ResourceRetention}. */
export interface ResourceRetentionOptions {
  readonly plan: Pick<Plan, "bindToRun" | "keepBeyondRun">;
  readonly lane: number;
  readonly state: Pick<SharedState, "watchReads">;
  /** The set-up of the resource. */
  readonly setUp: FoundTask;
}

/** Observes what a resource does with the state of its run. */
export class ResourceRetention {
  readonly #options: ResourceRetentionOptions;
  #isBound = false;

  constructor(options: ResourceRetentionOptions) {
    this.#options = options;
  }

  /** Begins to observe reads. */
  watch(): void {
    const { state, setUp } = this.#options;
    const declared = new Set<unknown>(setUp.spec.after);
    state.watchReads((key, isResult) => {
      if (!isResult || !declared.has(key)) this.bind();
    });
  }

  /** Decides in a tear-down whether the resource outlives the run, and sends it if so. */
  keeps(sender: { kept(tearDown: TaskId): void }, tearDown: TaskId): boolean {
    const { plan, lane } = this.#options;
    if (!plan.keepBeyondRun(lane)) return false;
    sender.kept(tearDown);
    return true;
  }

  /** Binds the resource to the run. */
  bind(): void {
    if (this.#isBound) return; // the plan has a lock, and a server may read the state often
    this.#isBound = true;
    const { plan, lane } = this.#options;
    plan.bindToRun(lane);
  }
}

/** Disposes of what a set-up has made on this thread. Returns the error, if any. */
export async function disposeOf(
  setUp: FoundTask | Error | undefined,
): Promise<ErrorRecord | undefined> {
  try {
    if (!(setUp instanceof Error)) await setUp?.discard?.();
    return undefined;
  } catch (error) {
    return recordThrown(error);
  }
}
