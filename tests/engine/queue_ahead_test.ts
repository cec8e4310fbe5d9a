/**
 * Attempts that are enqueued ahead of the slots: when there are any, and where they wait. That none
 * is lost is in crash_runs_test.ts.
 */
import { assertEquals } from "@std/assert";
import { Redis } from "ioredis";
import { existsSync } from "node:fs";
import { QueueAhead } from "../../src/engine/driver/queue_ahead.ts";
import { runKey } from "../../src/engine/engine_protocol.ts";
import type { PolicyOptions } from "../../src/task/policy.ts";
import { taskSpec } from "../../src/task/task.ts";
import { bounded } from "../support/bounded.ts";
import { statuses } from "../support/command.ts";
import { EngineRig, WAITING } from "../support/engine_rig.ts";
import { engineTest } from "../support/servers.ts";

/** Opens a run of one task with these options, of which many attempts were short. */
function afterShortAttempts(options: PolicyOptions = {}, timeoutMs?: number) {
  const clock = { ms: 0 };
  const ahead = new QueueAhead(() => clock.ms);
  const spec = taskSpec({ name: "a", after: [], tags: [], withState: true }, options);
  const rules = { storeResults: true, isStrict: false, timeoutMs, epochMs: 0 };
  ahead.open({ names: ["a"], local: new Map([["a", { spec, call: () => {} }]]), rules });
  assertEquals(ahead.countFor(4), 0); // nothing is known yet
  const run = (ms: number) => {
    ahead.started("0-1");
    clock.ms += ms;
    ahead.ended("0-1");
  };
  for (let count = 0; count < 50; count++) run(5);
  return { ahead, run };
}

Deno.test("QueueAhead.countFor() is positive while attempts are short", () => {
  const { ahead, run } = afterShortAttempts({ retries: 2 });
  assertEquals([ahead.countFor(0), ahead.countFor(4)], [0, 12]);
  for (let at = 0; at < 16; at++) ahead.started(`1-${at}`);
  run(100); // waits for 16 others on 4 slots
  assertEquals(ahead.countFor(4), 12);
  run(10_000);
  assertEquals(ahead.countFor(4), 0);
  for (let count = 0; count < 100; count++) run(5);
  assertEquals(ahead.countFor(4), 12);
});

Deno.test("QueueAhead.countFor() is 0 where a task must not wait while it counts as running", () => {
  const options: PolicyOptions[] = [
    ...[{ timeout: "1s" }, { mutex: "db" }, { priority: 1 }, { weight: 2 }] as const,
    ...[{ tokens: { gpu: 1 } }, { when: "always" }] as const,
  ];
  for (const it of options) assertEquals(afterShortAttempts(it).ahead.countFor(4), 0);
  assertEquals(afterShortAttempts({}, 1_000).ahead.countFor(4), 0);
});

engineTest("tdrun --engine cancels the attempts ahead that have not started", async (program) => {
  await using rig = await EngineRig.start(
    program,
    `${WAITING}
    const numbers = (count) => Array.from({ length: count }, (_, at) => at);
    export const quick = mark({ each: numbers(100) }, () => {});
    export const waits = mark({ each: numbers(20), after: ["quick"] }, async (_, at, task) => {
      note("waits");
      while (!task.signal.aborted) await new Promise((r) => setTimeout(r, 10));
      note("aborted");
    });`,
  );
  await rig.worker(["--workers=2"]);
  const driver = rig.drive(["--run-id=ahead"]);
  using redis = Object.assign(new Redis(rig.server.url), {
    [Symbol.dispose]: () => redis.disconnect(),
  });
  const haveStarted = () => existsSync(`${rig.space.folder}/ran.txt`) && rig.ran().length === 2;
  const queueIsFull = async () => {
    while (!haveStarted() || await redis.llen(`${runKey("ahead")}:tasks:wait`) !== 6) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };
  await bounded(queueIsFull(), "three attempts ahead for each slot", 90_000);
  driver.kill("SIGINT");
  const { code, stderr } = await driver.ended;
  assertEquals(code, 130, stderr);
  assertEquals(rig.ran(), ["waits", "waits", "aborted", "aborted"]);
  const ofWaits = Object.entries(statuses(stderr)).filter(([name]) => name.startsWith("waits"));
  assertEquals(ofWaits.filter(([, status]) => status !== "PASSED").length, 18, stderr);
});

engineTest("tdrun --engine holds no job for which another worker has a slot", async (program) => {
  await using rig = await EngineRig.start(
    program,
    `${WAITING}
    const numbers = (count) => Array.from({ length: count }, (_, at) => at);
    export const quick = mark({ each: numbers(200) }, () => {});
    // Ends when all four run at once.
    export const meets = mark({ each: numbers(4), after: ["quick"] }, async (_, at) => {
      note("meets");
      await go("together");
    });`,
  );
  await rig.worker(["--workers=2"]);
  await rig.worker(["--workers=2"]);
  const driver = rig.drive();
  const together = async () => {
    while (!existsSync(`${rig.space.folder}/ran.txt`) || rig.ran().length < 4) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };
  await bounded(together(), "four tasks at once", 90_000);
  await rig.space.file("together", "");
  const { code, stderr } = await driver.ended;
  assertEquals([code, rig.ran().length], [0, 4], stderr);
}, ["redis-server"]);
