/**
 * Each party is killed in the middle of each of its messages, before and after the server has
 * executed it; and each reply is lost, so that the message is sent again. A proxy stops at the
 * message, so that the point is exact.
 */
import { assert, assertEquals } from "@std/assert";
import { Redis } from "ioredis";
import { runKey } from "../../src/engine/engine_protocol.ts";
import { type RunningCommand, statuses } from "../support/command.ts";
import { bounded } from "../support/bounded.ts";
import { EngineRig } from "../support/engine_rig.ts";
import { ScriptProxy, type StopOptions } from "../support/script_proxy.ts";
import { engineTest } from "../support/servers.ts";

/** Tasks with small and large results, state, the lock and a chain; each notes each start. */
const MODULE = `
  const note = (name) => Deno.writeTextFileSync("ran.txt", name + "\\n", { append: true });
  export const setupState = (state) => { state.sum = 0; };
  export const small = mark({ each: [1, 2, 3] }, (_s, n) => { note("small." + n); return { n }; });
  export const large = mark((_, task) => { note(task.name); return "x".repeat(20_000); });
  export const adds = mark((state, task) => { note(task.name); state.sum += 1; });
  export const locks = mark({ after: ["adds"] }, async (state, task) => {
    note(task.name);
    await state._state_lock.run(() => { state.sum = 10; });
    return state.sum;
  });
  export const last = mark({ after: { small: "small", large: "large", locks: "locks" } }, (state, task) => {
    note(task.name);
    const { small, large, locks } = task.results;
    return Object.values(small).map((it) => it.n).join("") + large.length + locks;
  });
`;
/** Time limit of one point in milliseconds. */
const LIMIT_MS = 90_000;
const NAMES = ["adds", "large", "last", "locks", "small.1", "small.2", "small.3"];

/** Asserts that each task has one outcome, and that all results are there. */
async function assertExact(rig: EngineRig, driver: RunningCommand): Promise<void> {
  const { code, stdout, stderr } = await driver.ended;
  const expected = Object.fromEntries(NAMES.map((name) => [name, "PASSED"]));
  assertEquals(statuses(stderr), expected, stdout + stderr);
  assertEquals(code, 0, stdout + stderr);
  const events = Deno.readTextFileSync(`${rig.space.folder}/run.ndjson`).trim().split("\n")
    .map((line) => JSON.parse(line));
  const finished = events.filter(({ type }) => type === "task-finished");
  assertEquals(finished.length, NAMES.length);
  const { sum, results } = await rig.state();
  assertEquals([sum, results.last], [10, "1232000010"]);
}

const OUTPUTS = ["--workers=2", "--state-out=state.json", "--reporter=json=run.ndjson"];

/** The proxy's client is a worker, or the driver. */
function startThrough(rig: EngineRig, proxy: ScriptProxy, party: "worker" | "driver") {
  const engine = `--engine=${proxy.url}`;
  return party === "worker"
    ? rig.run(["worker", "module.ts", engine, "--workers=2"])
    : rig.run(["module.ts", engine, "--run-id=points", ...OUTPUTS]);
}

/** Points at a time: most of the time of a point is that until a worker counts as lost. */
const AT_ONCE = 4;

/** Registers a test of some points. */
function pointsTest(
  name: string,
  points: readonly StopOptions[],
  fn: (rig: EngineRig, proxy: ScriptProxy, point: StopOptions) => Promise<void>,
): void {
  engineTest(name, async (program) => {
    const left = [...points];
    const next = async () => {
      for (let point; (point = left.shift()) !== undefined;) {
        await using rig = await EngineRig.start(program, MODULE);
        using proxy = new ScriptProxy(rig.server.url, point);
        const { script, moment, call = 1 } = point;
        try {
          await bounded(fn(rig, proxy, point), "the end of the run", LIMIT_MS);
        } catch (error) {
          throw new Error(`At the ${moment} of call ${call} of ${script}: ${error}`);
        }
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, next));
  }, ["redis-server"]);
}

/** Both moments of calls of a script. */
const both = (script: StopOptions["script"], call = 1): StopOptions[] => [
  { script, call, moment: "request" },
  { script, call, moment: "reply" },
];

pointsTest(
  "tdrun --engine counts each task once when a worker is killed in the middle of a message",
  [
    ...both("join"),
    ...both("moveToActive"),
    ...both("claimAttempts", 2),
    ...both("append"),
    ...both("publishEvents", 3),
    ...both("moveToFinished", 2),
    ...both("lock"),
    ...both("leave"),
  ],
  async (rig, proxy, { script }) => {
    const doomed = startThrough(rig, proxy, "worker");
    await doomed.waitFor("Waiting for runs");
    const driver = rig.drive(OUTPUTS);
    await proxy.stopped;
    doomed.kill("SIGKILL");
    await doomed.ended;
    if (script !== "leave") await rig.worker(["--workers=2"]);
    await assertExact(rig, driver);
  },
);

pointsTest(
  "tdrun --run-id resumes a run whose driver is killed in the middle of a message",
  [
    ...both("open"),
    ...both("announce"),
    ...both("addStandardJob", 2),
    ...both("addStandardJob", 6),
    ...both("driverHeartbeat"),
    ...both("drain"),
    { script: "remove", moment: "request" },
  ],
  async (rig, proxy) => {
    await rig.worker(["--workers=2"]);
    const doomed = startThrough(rig, proxy, "driver");
    await proxy.stopped;
    doomed.kill("SIGKILL");
    await doomed.ended;
    const redis = new Redis(rig.server.url);
    await redis.del(`${runKey("points")}:driver`); // as when the claim expires
    redis.disconnect();
    const again = rig.drive(["--run-id=points", ...OUTPUTS]);
    await assertExact(rig, again);
    assertEquals(rig.ran().toSorted(), NAMES);
  },
);

for (const party of ["worker", "driver"] as const) {
  const scripts = party === "worker"
    ? [
      "join",
      "claimAttempts",
      "append",
      "publishEvents",
      "moveToFinished",
      "lock",
      "unlock",
    ] as const
    : ["claimRun", "open", "announce", "addStandardJob", "drain", "remove"] as const;
  pointsTest(
    `tdrun --engine runs each task once when a reply to the ${party} is lost`,
    [...scripts].map((script) => ({ script, moment: "reply" })),
    async (rig, proxy) => {
      const through = startThrough(rig, proxy, party);
      if (party === "worker") await through.waitFor("Waiting for runs");
      else await rig.worker(["--workers=2"]);
      const driver = party === "worker" ? rig.drive(OUTPUTS) : through;
      await proxy.stopped;
      await assertExact(rig, driver);
      assertEquals(rig.ran().toSorted(), NAMES);
      assert(!driver.stderr.includes("is lost"), driver.stderr);
    },
  );
}
