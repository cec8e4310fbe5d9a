/** Tokens that tasks hold while they run: the option `tokens` of tasks and of runs. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { printed, TestSpace } from "../../support/command.ts";
import { inEachWay } from "../../support/in_every_way.ts";

/** Each task counts itself, waits until it is not alone or had its time, and keeps the maximum. */
const MODULE = `
  const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  async function body(state, value, task) {
    const running = state.update("running", (n = 0) => n + 1);
    state.update("most", (n = 0) => Math.max(n, running));
    for (let i = 0; i < 100 && state.most < state.wanted; i++) await sleep(5);
    await sleep(5);
    state.update("running", (n) => n - 1);
  }
  export const setupState = (state) => { state.wanted = Number(state.wanted); };
  export const call = mark({ each: [1, 2, 3, 4, 5, 6], tokens: { api: 1 } }, body);
`;

inEachWay("--tokens runs as many tasks at once as there are tokens", async (way) => {
  await using space = await way.space();
  await space.module("module.ts", MODULE);
  for (
    const [given, wanted] of [[[], 1], [["--tokens=api=2"], 2], [["--tokens=api=3"], 3]] as const
  ) {
    const { code, stderr } = await space.tdrun(
      ["module.ts", "--workers=4", ...given, `--wanted=${wanted}`, "--state-out=state.json"],
    );
    assertEquals(code, 0, stderr);
    const { most } = JSON.parse(await Deno.readTextFile(`${space.folder}/state.json`));
    assertEquals(most, wanted, given.join());
  }
});

Deno.test("--tokens exits with 2 when a task takes more, or none takes them", async () => {
  await using space = await TestSpace.create();
  await space.module(
    "module.ts",
    `export const train = mark({ tokens: { gpu: 2, disk: 1 } }, () => {});`,
  );
  const messages: [args: string[], message: string][] = [
    [["--tokens=gpu=1"], 'Cannot run "train": it takes 2 tokens "gpu", and the run has 1'],
    [["--tokens=gpuu=2"], 'Cannot use the tokens "gpuu": no task takes them; did you mean "gpu"?'],
    [["--tokens=gpu"], "Cannot use --tokens=gpu: expected NAME=NUMBER, as in gpu=2"],
    [["--tokens=gpu=0"], 'Cannot use 0 tokens "gpu": expected an integer from 1 to 1000000'],
    [["--tokens=gpu=2", "--graph"], "--tokens"],
  ];
  for (const [args, message] of messages) {
    const { code, stderr } = await space.tdrun(["module.ts", ...args]);
    assertEquals([code, stderr.trimEnd().split("\n").length], [2, 1], stderr);
    assertStringIncludes(stderr, message);
  }
  const { code, stderr } = await space.tdrun(["module.ts", "--tokens=gpu=2,disk=1"]);
  assertEquals(code, 0, stderr);
});

Deno.test("Scheduler runs as many tasks at once as there are tokens", async () => {
  await using space = await TestSpace.create();
  const end = await space.script(`
    const s = new Scheduler({ workers: 3, tokens: { api: 2 }, state: { running: 0, most: 0 } });
    for (const name of ["a", "b", "c"]) {
      s.register(async (state) => {
        const running = state.update("running", (n) => n + 1);
        state.update("most", (n) => Math.max(n, running));
        for (let i = 0; i < 100 && state.most < 2; i++) await new Promise((r) => setTimeout(r, 5));
        state.update("running", (n) => n - 1);
      }, name, { tokens: { api: 1 }, withState: true });
    }
    if (import.meta.main) {
      await s.start();
      const wrong = new Scheduler({ mode: "inline", tokens: { api: 1 } });
      wrong.register(() => 1, "big", { tokens: { api: 2 } });
      const error = await wrong.start().catch((error) => error.message);
      console.log(JSON.stringify([s.state.most, error]));
    }
  `);
  assertEquals(printed(end), [2, 'Cannot run "big": it takes 2 tokens "api", and the run has 1']);
});
