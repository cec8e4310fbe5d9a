/** Waiters are woken when there is something to do, and no wakeup is lost. */
import { assert, assertEquals } from "@std/assert";
import { Word } from "../../src/plan/plan_layout.ts";
import { Plan, TaskState } from "../../src/plan/plan.ts";
import type { TaskId } from "../../src/task/task.ts";
import { bounded } from "../support/bounded.ts";
import { chainOf, graphOf } from "../support/graphs.ts";

const LANE = 0;

/** A plan in shared memory, with the calling thread in its one lane. */
function planOf(...args: Parameters<typeof graphOf>): Plan {
  const plan = Plan.create(graphOf(...args), { lanes: 1, skipDependents: true }, 1);
  plan.open(LANE);
  return plan;
}

function take(plan: Plan): TaskId {
  const task = plan.take(LANE, 0);
  assert(task >= 0, "nothing was ready");
  return task as TaskId;
}

function settleNext(plan: Plan): void {
  plan.settle(LANE, take(plan), TaskState.PASSED, 0);
}

/** Parks on a plan; returns the wait, and whether it has ended. */
function parkOn(plan: Plan): { woken: Promise<void>; isAwake: boolean } {
  const sleep = { isAwake: false, woken: Promise.resolve() };
  const hasWork = () => plan.readyCount > 0 || plan.remaining === 0;
  sleep.woken = bounded(plan.wakeups.park(hasWork, false), "a sleeper to be woken", 5000)
    .then(() => void (sleep.isAwake = true));
  return sleep;
}

Deno.test("Wakeups.park() returns at once when the last check finds work", async () => {
  const plan = planOf({ a: [] });
  await parkOn(plan).woken;
  assertEquals(plan.wakeups.waiters, 0);
});

Deno.test("Wakeups wakes one waiter when one task becomes ready", async () => {
  const plan = planOf({ a: [], b: ["a"] });
  const task = take(plan);
  const [first, second] = [parkOn(plan), parkOn(plan)];
  assertEquals(plan.wakeups.waiters, 2);
  plan.settle(LANE, task, TaskState.PASSED, 0);
  await Promise.race([first.woken, second.woken]);
  assertEquals(plan.wakeups.waiters, 1);
  settleNext(plan);
  await Promise.all([first.woken, second.woken]);
  assertEquals(plan.wakeups.waiters, 0);
});

Deno.test("Wakeups wakes two waiters when two tasks become ready", async () => {
  const plan = planOf({ a: [], b: ["a"], c: ["a"] });
  const task = take(plan);
  const sleeps = [parkOn(plan), parkOn(plan)];
  plan.settle(LANE, task, TaskState.PASSED, 0);
  await Promise.all(sleeps.map(({ woken }) => woken));
});

Deno.test("Wakeups.park() rechecks for work when the woken waiter is stuck", async () => {
  const plan = planOf({ a: [], b: ["a"] });
  const task = take(plan);
  const words = new Int32Array(plan.handle.buffer as SharedArrayBuffer);
  // The first waiter in the queue.
  const stuck = Atomics.waitAsync(words, Word.WAKE_SEQ, words[Word.WAKE_SEQ]!);
  assert(stuck.async);
  const sleep = parkOn(plan);
  plan.settle(LANE, task, TaskState.PASSED, 0);
  assertEquals(await stuck.value, "ok");
  await sleep.woken;
});

Deno.test("Wakeups wakes all waiters when the run ends or is cancelled", async () => {
  for (const end of ["settle", "cancel"] as const) {
    const plan = Plan.create(chainOf(2), { lanes: 1, skipDependents: true }, 1);
    plan.open(LANE);
    const task = take(plan);
    const sleeps = [parkOn(plan), parkOn(plan), parkOn(plan)];
    if (end === "cancel") plan.cancel(0);
    plan.settle(LANE, task, TaskState.FAILED, 0);
    await Promise.all(sleeps.map(({ woken }) => woken));
    assertEquals(plan.remaining, 0);
  }
});

Deno.test("Wakeups.parkMain() returns when a record is logged or unread", async () => {
  const plan = planOf({ a: [], b: [] });
  const listen = () =>
    bounded(plan.wakeups.parkMain(() => plan.log.hasUnread), "the listener to be woken", 5000);
  const readAll = () => plan.log.drain(() => true);
  await listen();
  readAll();
  const parked = listen();
  settleNext(plan);
  await parked;
  readAll();
  settleNext(plan);
  await listen();
});
