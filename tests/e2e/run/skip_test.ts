/** Tasks that skip themselves: `task.skip`. */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { RunEvent } from "../../../src/events/run_event.ts";
import { statuses } from "../../support/command.ts";
import { inEveryWay } from "../../support/in_every_way.ts";

const MODULE = `
  export const probe = mark((state, task) => task.skip("no database"));
  export const later = mark(async (state, task) => {
    await new Promise((resolve) => setTimeout(resolve, 1));
    task.skip("no rows", { dependents: "run" });
  });
  export const caught = mark({ retries: 3 }, (state, task) => {
    try { task.skip("caught"); } catch {}
    return 1;
  });
  export const victim = mark({ after: { probe } }, () => 1);
  export const grandchild = mark({ after: { victim } }, () => 1);
  export const runs = mark({ after: { later } }, (state, task) => "later" in task.results);
  export const clean = mark({ after: { probe }, when: "always" },
    (state, task) => task.results.probe === undefined);
  export const notify = mark({ after: { probe }, when: "failed" }, () => 1);
`;

inEveryWay("task.skip ends a task as skipped, and its dependents unless they run", async (way) => {
  await using space = await way.space();
  const { code, stdout, stderr } = await space.tdrunModule(MODULE, [
    "--reporter=json=events.ndjson",
    "--reporter=junit=junit.xml",
    "--state-out=state.json",
  ]);
  assertEquals(code, 0, stderr);
  assertEquals(statuses(stderr), {
    ...{ probe: "SKIPPED", later: "SKIPPED", caught: "SKIPPED", victim: "SKIPPED" },
    ...{ grandchild: "SKIPPED", notify: "SKIPPED", runs: "PASSED", clean: "PASSED" },
  });
  for (
    const line of [
      "  probe: no database",
      "  later: no rows",
      "  caught: caught",
      "  2 since probe was skipped: no database: victim, grandchild",
    ]
  ) assertStringIncludes(stdout, `${line}\n`);
  assertMatch(stdout, /==== 2 passed, 0 failed, 5 skipped, 1 unneeded in .*s ====\n$/);
  const { results } = JSON.parse(await Deno.readTextFile(`${space.folder}/state.json`));
  assertEquals(results, { runs: false, clean: true });
  const lines = (await Deno.readTextFile(`${space.folder}/events.ndjson`)).trim().split("\n");
  const events = lines.map((line): RunEvent => JSON.parse(line));
  const skipped = events.flatMap((event) =>
    event.type === "task-finished" && event.outcome.status === "skipped"
      ? [[event.worker !== null, event.outcome.via === null, event.outcome.reason ?? null]]
      : []
  ).sort();
  assertEquals(skipped, [
    [false, false, null], // notify
    [false, false, "no database"],
    [false, false, "no database"],
    [true, true, "caught"],
    [true, true, "no database"],
    [true, true, "no rows"],
  ]);
  assertStringIncludes(await Deno.readTextFile(`${space.folder}/junit.xml`), "no database");
});

inEveryWay(
  "task.skip fails a task when its arguments are invalid, or it throws later",
  async (way) => {
    await using space = await way.space();
    const { code, stderr } = await space.tdrunModule(`
    export const empty = mark((state, task) => task.skip(" "));
    export const wrong = mark((state, task) => task.skip("why", { dependents: "walk" }));
    export const both = mark((state, task) => {
      try { task.skip("why"); } catch { throw new Error("after the skip"); }
    });
    export const late = mark({ timeout: "50ms" }, async (state, task) => {
      await new Promise((resolve) => task.signal.addEventListener("abort", resolve));
      task.skip("too late");
    });
  `);
    assertEquals(code, 1, stderr);
    for (
      const text of [
        'empty: TypeError: Cannot skip a task because of " ": expected a text',
        'wrong: TypeError: Cannot skip a task with dependents: "walk": expected "skip" or "run"',
        "both: Error: after the skip",
        "late: TimeoutError: the task took longer than its timeout of 50 ms",
      ]
    ) assertStringIncludes(stderr, text);
  },
);
