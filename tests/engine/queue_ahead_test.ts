/** Attempts that are enqueued ahead of the slots: when there are any, and that none is lost. */
import { assert, assertEquals } from "@std/assert";
import { Redis } from "ioredis";
import { existsSync } from "node:fs";
import { QueueAhead } from "../../src/engine/driver/queue_ahead.ts";
import { runKey } from "../../src/engine/engine_protocol.ts";
import type { PolicyOptions } from "../../src/task/policy.ts";
import { taskSpec } from "../../src/task/task.ts";
import { bounded } from "../support/bounded.ts";
import { type RunningCommand, statuses } from "../support/command.ts";
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

const COUNT = 400;
const MANY = `${WAITING}
  const numbers = Array.from({ length: ${COUNT} }, (_, at) => at);
  export const quick = mark({ each: numbers }, (_, at) => { note(String(at)); return at; });
`;

/** Asserts that each task of {@linkcode MANY} has one outcome. Returns the starts of attempts. */
async function assertExact(rig: EngineRig, driver: RunningCommand): Promise<string[]> {
  const { code, stderr } = await driver.ended;
  assertEquals(code, 0, stderr);
  const events = Deno.readTextFileSync(`${rig.space.folder}/run.ndjson`).trim().split("\n")
    .map((line) => JSON.parse(line));
  assertEquals(events.filter(({ type }) => type === "task-finished").length, COUNT);
  assertEquals(Object.values(statuses(stderr)), Array(COUNT).fill("PASSED"));
  const ran = rig.ran();
  assertEquals(new Set(ran).size, COUNT);
  return ran;
}

engineTest(
  "tdrun --engine counts each attempt ahead once when a worker is killed",
  async (program) => {
    await using rig = await EngineRig.start(program, MANY);
    const doomed = await rig.worker(["--workers=4"]);
    await rig.worker(["--workers=4"]);
    const driver = rig.drive(["--reporter=json=run.ndjson"]);
    await driver.waitFor("quick.150 ");
    doomed.kill("SIGKILL");
    const ran = await assertExact(rig, driver);
    // Only the attempts that the killed worker had claimed start again.
    assert(ran.length - COUNT <= 4, `${ran.length} starts`);
  },
);

engineTest("tdrun --run-id resumes a run with attempts ahead", async (program) => {
  await using rig = await EngineRig.start(program, MANY);
  await rig.worker(["--workers=4"]);
  const doomed = rig.drive(["--run-id=ahead"]);
  await doomed.waitFor("quick.150 ");
  doomed.kill("SIGKILL");
  await doomed.ended;
  const redis = new Redis(rig.server.url);
  await redis.del(`${runKey("ahead")}:driver`); // as when the claim expires
  redis.disconnect();
  const ran = await assertExact(rig, rig.drive(["--run-id=ahead", "--reporter=json=run.ndjson"]));
  assertEquals(ran.length, COUNT);
});
