/** `--shard` and `tdrun merge`. */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { readRecording } from "../../../src/events/read_recording.ts";
import { type Ended, LIBRARY, TestSpace } from "../../support/command.ts";
import { junitCases } from "../../support/junit_cases.ts";
import { TASKS, writeSixtyTasks } from "../../support/sixty_tasks.ts";
import { viewOf } from "../../support/view_of.ts";

/** The last line, without the time. */
function summaryOf({ stdout }: Ended): string | undefined {
  return /==== (.*) in [\d.]+s ====/.exec(stdout)?.[1];
}

const SHARDS = [1, 2, 3];
const RECORDINGS = SHARDS.map((index) => `${index}.ndjson`);

/** Records all shards of the module of 60 tasks. */
async function recordShards(space: TestSpace, args: readonly string[] = []): Promise<Ended[]> {
  await writeSixtyTasks(space);
  const ends: Ended[] = [];
  for (const index of SHARDS) {
    const reporter = `--reporter=json=${index}.ndjson`;
    ends.push(await space.tdrun(["all.ts", `--shard=${index}/3`, reporter, ...args]));
  }
  return ends;
}

Deno.test("tdrun merge makes of three shards the report of the whole run", async () => {
  await using space = await TestSpace.create(["--output=none"]);
  const ends = await recordShards(space);
  const notes = ends.map(({ stderr }) => /^Note: shard .*/m.exec(stderr)![0]);
  for (const [i, note] of notes.entries()) {
    assertMatch(note, new RegExp(`shard ${i + 1}/3 runs 2[01] of 60 tasks, balanced by count; `));
    assertStringIncludes(note, "in more than one shard: billing.seed");
  }
  assertEquals(ends.map(({ code }) => code).toSorted(), [0, 0, 1], "billing fails in one shard");
  const names = RECORDINGS.map((file) =>
    viewOf(readRecording(Deno.readTextFileSync(`${space.folder}/${file}`)))
      .tasks.map(({ name }) => name)
  );
  assertEquals(new Set(names.flat()).size, TASKS);
  const one = await space.tdrun(["all.ts", "--reporter=junit=one.xml"]);
  const merged = await space.tdrun(["merge", ...RECORDINGS, "--reporter=junit=merged.xml"]);
  assertEquals([one.code, merged.code], [1, 1]);
  assertEquals(summaryOf(merged), summaryOf(one));
  const [ofOne, ofMerged] = ["one", "merged"].map((name) =>
    junitCases(Deno.readTextFileSync(`${space.folder}/${name}.xml`))
  );
  assertEquals(ofOne!.length, TASKS);
  assertEquals(ofMerged, ofOne);
});

Deno.test("tdrun merge refuses missing and unfinished shards without --partial", async () => {
  await using space = await TestSpace.create();
  await recordShards(space);
  const merge = (...args: string[]) => space.tdrun(["merge", "--output=none", ...args]);
  const missing = await merge("1.ndjson", "3.ndjson");
  assertEquals(missing.code, 2);
  assertMatch(
    missing.stderr,
    /^Error: Cannot merge the recordings: the shard 2\/3 is missing, with \d+ tasks; --partial /,
  );
  const partial = await merge("1.ndjson", "3.ndjson", "--partial");
  assertMatch(partial.stderr, /^Note: incomplete: the shard 2\/3 is missing, with \d+ tasks\n/);
  const text = Deno.readTextFileSync(`${space.folder}/2.ndjson`);
  await space.file("2.ndjson", text.split("\n").slice(0, 9).join("\n"));
  const killed = await merge(...RECORDINGS);
  assertEquals(killed.code, 2);
  assertStringIncludes(killed.stderr, `"2.ndjson" ends before the end of its run`);
  const ended = await merge(...RECORDINGS, "--partial");
  assertEquals(ended.code, 1, "cancelled tasks");
  assertMatch(summaryOf(ended)!, /cancelled/);
});

Deno.test("tdrun merge refuses recordings of different runs, and the same one twice", async () => {
  await using space = await TestSpace.create(["--output=none"]);
  await recordShards(space);
  await space.tdrun(["all.ts", "--shard=1/2", "--reporter=json=half.ndjson"]);
  await space.tdrun(["all.ts::*report", "--shard=1/3", "--reporter=json=reports.ndjson"]);
  const refused = async (...files: string[]) => {
    const { code, stderr } = await space.tdrun(["merge", ...files]);
    assertEquals(code, 2);
    return stderr.replace(/^Error: Cannot merge /, "").trim();
  };
  assertEquals(
    await refused("1.ndjson", "half.ndjson"),
    '"1.ndjson", "half.ndjson": they are the shards 1/3 and 1/2 of different runs',
  );
  assertEquals(
    await refused("2.ndjson", "2.ndjson"),
    '"2.ndjson", "2.ndjson": both are the shard 2/3',
  );
  assertStringIncludes(
    await refused("2.ndjson", "reports.ndjson"),
    "recordings of different graphs: ",
  );
  await space.tdrun(["none.ts", "--shard=3/3", "--reporter=json=rejected.ndjson"]);
  assertEquals(
    await refused("1.ndjson", "2.ndjson", "rejected.ndjson"),
    '"rejected.ndjson": its run was rejected: Cannot load module "none.ts": no such file',
  );
  assertStringIncludes(await refused("all.ts"), '"all.ts": line 1 is not an event of a run');
  assertEquals(
    await refused(),
    "recordings: none was given; record each shard with --reporter=json=FILE",
  );
  assertStringIncludes(
    await refused(...RECORDINGS, "--reporter=json=1.ndjson").then((text) => text),
    'Cannot write the json report to "1.ndjson": that is the recording',
  );
});

Deno.test("--shard is balanced by the durations of the last whole run", async () => {
  await using space = await TestSpace.create();
  await space.module(
    "module.ts",
    `export const slow = mark(async () => {
       await new Promise((end) => setTimeout(end, Deno.env.has("QUICK") ? 0 : 400));
     });
     export const quick = mark({ each: [...Array(8).keys()] }, () => {});`,
  );
  const list = async (shard: string) =>
    (await space.tdrun(["module.ts", `--shard=${shard}`, "--list"])).stdout.trim().split("\n");
  assertEquals((await list("1/2")).length, 5);
  await space.tdrun(["module.ts"]);
  await space.tdrun(["module.ts", "--shard=2/2"], { QUICK: "1" }); // another journal
  assertEquals([await list("1/2"), (await list("2/2")).length], [["slow"], 8]);
});

Deno.test("--shard runs nothing and passes if there are more shards than tasks", async () => {
  await using space = await TestSpace.create();
  const { code, stdout, stderr } = await space.tdrunModule(
    "export const only = mark(() => {});",
    ["--shard=2/2", "--reporter=json=2.ndjson"],
  );
  assertEquals([code, stderr.split("\n")[0]], [
    0,
    "Note: shard 2/2 runs 0 of 1 task, balanced by count",
  ]);
  assertStringIncludes(stdout, "==== 0 passed");
  await space.tdrun(["module.ts", "--shard=1/2", "--reporter=json=1.ndjson"]);
  const merged = await space.tdrun(["merge", "1.ndjson", "2.ndjson"]);
  assertEquals([merged.code, summaryOf(merged)], [0, "1 passed, 0 failed, 0 skipped"]);
});

Deno.test("--shard sets up a resource in each shard that has a user", async () => {
  await using space = await TestSpace.create();
  const names = '["a", "b", "c"]';
  await space.module(
    "module.ts",
    `import { resource } from "${LIBRARY}";
     export const db = resource(() => ({
       value: { url: "x" },
       [Symbol.asyncDispose]: () => Promise.resolve(),
     }));
     export const user = mark({ use: { db }, each: ${names} }, (_state, _name, { use }) => {
       console.log(use.db.url);
     });
     export const plain = mark({ each: ${names} }, () => {});
     export const clean = mark({ use: { db }, after: [user], when: "always" }, () => {});`,
  );
  for (const index of [1, 2]) {
    const { code, stderr } = await space.tdrun([
      ...["module.ts", `--shard=${index}/2`, `--reporter=json=${index}.ndjson`],
    ]);
    assertEquals(code, 0, stderr);
    assertMatch(stderr, /shard .\/2 runs 4 of 7 tasks, .*; in more than one shard: clean, db$/m);
  }
  const one = await space.tdrun(["module.ts"]);
  const merged = await space.tdrun(["merge", "1.ndjson", "2.ndjson"]);
  assertEquals([merged.code, summaryOf(merged)], [0, summaryOf(one)]);
});
