/**
 * Runs whose driver and workers are on different machines, and failures of the network between
 * them.
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { inRepository, lastLine, type RunningCommand, statuses } from "../support/command.ts";
import { EngineRig, WAITING } from "../support/engine_rig.ts";
import { type Machine, Network, whyNoNetwork } from "../support/network.ts";
import { engineTest, type Program } from "../support/servers.ts";

const why = whyNoNetwork();

/** Caches the packages: a machine of a test can reach its server, but no registry. */
let fetched: Promise<Deno.CommandOutput> | undefined;
function fetchPackages(): Promise<Deno.CommandOutput> {
  const modules = ["offline.ts", "examples/layers.ts"].map(inRepository);
  const args = ["cache", "-q", "--no-lock", ...modules];
  return fetched ??= new Deno.Command(Deno.execPath(), { args }).output();
}

/** Registers a test with a network of machines and a server that they can reach. */
function networkTest(
  name: string,
  module: string,
  fn: (rig: EngineRig, network: Network) => Promise<void>,
  programs?: readonly Program[],
): void {
  if (why !== undefined) {
    return Deno.test({ name: `${name} (left out: ${why})`, ignore: true, fn() {} });
  }
  engineTest(name, async (program) => {
    await fetchPackages();
    using network = new Network();
    const options = { host: network.address, args: ["--protected-mode", "no"] };
    await using rig = await EngineRig.start(program, module, options);
    await fn(rig, network);
  }, programs);
}

/** Starts workers, each on its own machine. */
async function workersOn(rig: EngineRig, machines: readonly Machine[]): Promise<RunningCommand[]> {
  return await Promise.all(machines.map(({ through }) => rig.worker(["--workers=2"], { through })));
}

/**
 * No worker starts before all have joined: two of them could finish before the third has loaded.
 */
const TOGETHER = `
  export async function setupWorker() {
    const { existsSync } = await import("node:fs");
    while (!existsSync("together")) await new Promise((r) => setTimeout(r, 5));
  }
`;

networkTest(
  "tdrun --engine runs the layers example on three machines",
  "",
  async (rig, network) => {
    const text = await Deno.readTextFile(inRepository("examples/layers.ts"));
    await Deno.writeTextFile(`${rig.space.folder}/module.ts`, text + TOGETHER);
    const workers = await workersOn(rig, [1, 2, 3].map(() => network.machine()));
    const { through } = network.machine();
    const driver = rig.drive([], { through });
    for (const { pid } of workers) await driver.waitFor(`:${pid} (2 tasks at once) joined`);
    await rig.space.file("together", "");
    const { code, stdout, stderr } = await driver.ended;
    assertEquals(Object.keys(statuses(stderr)).length, 35, stderr);
    assertEquals([lastLine(stdout), code], ["==== 29 passed, 3 failed, 3 skipped", 1]);
  },
);

/**
 * Six tasks wait until the network is cut, and count after that; `last` waits until the network is
 * back. Tasks note their names after counting.
 */
const COUNTING = `${WAITING}
  const count = (state) => state.update("count", (count) => count + 1);
  export const setupState = (state) => { state.count = 0; };
  export const early = mark({ each: [0, 1, 2, 3, 4, 5] }, async (state, _n, task) => {
    await count(state);
    note(task.name);
  });
  export const late = mark({ after: ["early"], each: [0, 1, 2, 3, 4, 5] }, async (state, _n, task) => {
    task.log.info("late runs on " + Deno.ppid + ".");
    await go("cut");
    await count(state);
    note(task.name);
  });
  export const last = mark({ after: ["late"] }, async (state, task) => {
    await go("well");
    await count(state);
    note(task.name);
  });
`;
const NAMES = ["early", "late"].flatMap((name) => [0, 1, 2, 3, 4, 5].map((n) => `${name}.${n}`))
  .concat("last").toSorted();

/** Asserts that every task ran and counted once. */
async function assertExact(rig: EngineRig, driver: RunningCommand): Promise<void> {
  const { code, stdout, stderr } = await driver.ended;
  assertEquals(rig.ran().toSorted(), NAMES);
  assertEquals(Object.keys(statuses(stderr)).toSorted(), NAMES, stderr);
  assertEquals(code, 0, stdout + stderr);
  const { count } = await rig.state();
  assertEquals(count, NAMES.length);
}

/** Longer than LIVENESS_TIMEOUT_MS: the machine is declared lost. */
async function cutFor10Seconds(machine: Machine, meanwhile: () => Promise<void>): Promise<void> {
  machine.cut();
  await Promise.all([new Promise((resolve) => setTimeout(resolve, 10_000)), meanwhile()]);
  machine.mend();
}

networkTest(
  "tdrun --engine restarts the tasks of a worker that is cut off for 10 s, and counts them once",
  COUNTING,
  async (rig, network) => {
    const machines = [1, 2, 3].map(() => network.machine());
    const workers = await workersOn(rig, machines);
    const driver = rig.drive(["--state-out=state.json"]);
    for (const { pid } of workers) await driver.waitFor(`late runs on ${pid}.`);
    await cutFor10Seconds(machines[0]!, async () => {
      await rig.space.file("cut", "");
      await driver.waitFor("is lost: its tasks are restarted on other workers");
      await driver.waitFor("its worker was lost");
    });
    await workers[0]!.waitFor("Left run");
    await rig.space.file("well", "");
    await assertExact(rig, driver);
    assertStringIncludes(workers[0]!.stderr, "the worker's heartbeat expired");
  },
  ["valkey-server"],
);

networkTest(
  "tdrun --engine continues when the driver is cut off for 10 s, and runs nothing twice",
  COUNTING,
  async (rig, network) => {
    const workers = await workersOn(rig, [1, 2, 3].map(() => network.machine()));
    const machine = network.machine();
    const driver = rig.drive(["--state-out=state.json"], { through: machine.through });
    for (const { pid } of workers) await driver.waitFor(`late runs on ${pid}.`);
    await cutFor10Seconds(machine, async () => {
      await rig.space.file("cut", "");
      await rig.space.file("well", "");
    });
    await assertExact(rig, driver);
    assert(!driver.stderr.includes("its worker was lost"), driver.stderr);
    assert(!driver.stderr.includes("is lost"), driver.stderr);
  },
  ["redis-server"],
);
