/** A thread that runs tasks of a shared plan, and records and checks which tasks it ran. */
import { Plan, type PlanHandle, TaskState } from "../../src/plan/plan.ts";
import type { TaskId } from "../../src/task/task.ts";

/** The message that starts the thread. */
export interface PlanWork {
  readonly plan: PlanHandle;
  readonly lane: number;
  readonly owner: number;
  /** The number of runs of each task; shared. */
  readonly ran: Int32Array;
  /** Whether each task has ended; shared. */
  readonly ended: Int32Array;
  readonly dependencies: { readonly start: Int32Array; readonly list: Int32Array };
}

/** The reply of the thread. */
export interface PlanWorkDone {
  readonly tasks: number;
  readonly problem: string | undefined;
}

const scope = globalThis as unknown as {
  onmessage: (event: MessageEvent<PlanWork>) => void;
  postMessage(done: PlanWorkDone): void;
};

scope.onmessage = async ({ data }) => scope.postMessage(await work(data));

async function work(data: PlanWork): Promise<PlanWorkDone> {
  const { lane } = data;
  const plan = Plan.attach(data.plan, data.owner);
  const hasWork = () => plan.readyCount > 0 || plan.remaining === 0;
  let tasks = 0;
  let task = plan.take(lane, performance.now());
  for (;;) {
    if (task < 0) {
      if (plan.remaining === 0) return { tasks, problem: undefined };
      await plan.wakeups.park(hasWork, true);
      task = plan.take(lane, performance.now());
      continue;
    }
    const problem = run(task, data);
    if (problem) return { tasks, problem };
    tasks++;
    task = plan.settleAndTake(lane, task as TaskId, TaskState.PASSED, performance.now(), 0);
  }
}

function run(task: number, { ran, ended, dependencies }: PlanWork): string | undefined {
  if (Atomics.add(ran, task, 1) !== 0) return `task ${task} ran twice`;
  for (let i = dependencies.start[task]!; i < dependencies.start[task + 1]!; i++) {
    const dependency = dependencies.list[i]!;
    // A plain read: what a thread wrote before it settled must be visible where a dependent runs.
    if (ended[dependency] !== 1) return `task ${task} ran before ${dependency} had ended`;
  }
  ended[task] = 1;
  return undefined;
}
