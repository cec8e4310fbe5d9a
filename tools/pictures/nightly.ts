/**
 * The run in the pictures of the documentation: a pipeline with a retry, a failure and a skipped
 * task. Its tasks only wait.
 *
 *     deno run -A cli.ts tools/pictures/nightly.ts --workers=3
 */
import { setTimeout } from "node:timers/promises";
import { mark, type State, type TaskContext } from "@thread-order/cli";

/** Number of orders by region. */
const ORDERS: Readonly<Record<string, number>> = { eu: 1204, us: 1747, asia: 968 };

/** The state of the pipeline. */
interface Nightly extends State {
  /** Number of orders fetched so far, by all threads. */
  orders: number;
}

/** Called once before the run. */
export function setupState(state: Nightly): void {
  state.orders = 0;
}

export const fetch = mark(
  { each: Object.keys(ORDERS), tags: "net", retries: { count: 2, delay: "500ms", jitter: 0 } },
  async (state: Nightly, region, task) => {
    const count = ORDERS[region]!;
    await pause(task, count);
    if (region === "asia" && task.attempt === 1) throw new Error("HTTP 503");
    using _lock = state._state_lock.acquire();
    state.orders += count;
    task.log.info(`${count} orders, ${state.orders} so far on all threads`);
    return count;
  },
);

export const join_orders = mark({ after: [fetch] }, async (state: Nightly, task) => {
  await pause(task, 700);
  return state.orders;
});

export const daily_totals = mark({ after: [join_orders] }, (_state, task) => pause(task, 1300));

export const check_stock = mark({ after: [join_orders] }, async (_state, task) => {
  await pause(task, 800);
  const missing = 3;
  if (missing > 0) throw new RangeError(`${missing} products have a negative stock`);
});

export const by_country = mark({ after: [join_orders] }, (_state, task) => pause(task, 1000));

export const charts = mark(
  { after: [daily_totals, by_country] },
  (_state, task) => pause(task, 900),
);

export const publish = mark(
  { after: [daily_totals, check_stock], tags: "net" },
  (_state, task) => pause(task, 300),
);

/** Waits, unless the task is cancelled. */
async function pause({ signal }: TaskContext, ms: number): Promise<void> {
  await setTimeout(ms, undefined, { signal });
}
