/** `--state-out`. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { stateJson } from "../../src/cli/state_out.ts";
import { TestSpace } from "../support/command.ts";

const MODULE = `
  export function setupState(state) { state.env ??= "dev"; state.seen = new Set(["setup"]); }
  export const a = mark((state) => { state.made = state.env + "!"; return 7; });
`;

Deno.test("stateJson: Maps, Sets, bigints and cycles have a form", () => {
  const loop: Record<string, unknown> = { one: 1 };
  loop.self = loop;
  const twice = { same: true };
  const map = new Map<string, unknown>([["k", 1n]]);
  map.set("itself", map);
  const text = stateJson({ loop, twice: [twice, twice], set: new Set([1]), map, gone: undefined });
  assertEquals(JSON.parse(text), {
    loop: { one: 1, self: "[Circular]" },
    twice: [{ same: true }, { same: true }],
    set: [1],
    map: [["k", "1"], ["itself", "[Circular]"]],
  });
});

Deno.test("--state-out: the state at the end, results included", async () => {
  await using space = await TestSpace.create();
  const { code, stderr } = await space.tdrunModule(MODULE, ["--state-out=out/state.json"]);
  assertEquals(code, 0, stderr);
  assertEquals(JSON.parse(await Deno.readTextFile(`${space.folder}/out/state.json`)), {
    env: "dev",
    seen: ["setup"],
    made: "dev!",
    results: { a: 7 },
  });
});

Deno.test("--state-out with --dry-run: the state as it would begin, and nothing runs", async () => {
  await using space = await TestSpace.create();
  const args = ["--dry-run", "--env=prod", "--state-out=state.json"];
  const { code, stdout } = await space.tdrunModule(MODULE, args);
  assertEquals(code, 0);
  assertStringIncludes(stdout, "Would run 1 task");
  assertEquals(JSON.parse(await Deno.readTextFile(`${space.folder}/state.json`)), {
    env: "prod",
    seen: ["setup"],
    results: {},
  });
});

Deno.test("--state-out: a state too deep for JSON is one line and exit 1, after the teardown", async () => {
  await using space = await TestSpace.create();
  const { code, stderr, stdout } = await space.tdrunModule(
    `
    export function teardownState() { console.log("torn down"); }
    export const a = mark((state) => {
      let deep = {};
      for (let i = 0; i < 100_000; i++) deep = { deep };
      state.deep = deep;
    });
    `,
    ["--state-out=state.json"],
  );
  assertEquals(code, 1, stderr);
  assertStringIncludes(stderr, 'Error: Cannot write the state to "state.json": ');
  assertStringIncludes(stdout, "torn down");
});

Deno.test("--state-out: a task that empties the folder it is in is one line, before the teardown", async () => {
  await using space = await TestSpace.create();
  const { code, stderr, stdout } = await space.tdrunModule(
    `
    export function teardownState() { console.log("torn down"); }
    export const a = mark(() => { Deno.removeSync("out", { recursive: true }); });
    export const b = mark({ after: ["a"] }, () => { throw new Error("on purpose"); });
    `,
    ["--state-out=out/state.json"],
  );
  assertStringIncludes(
    stderr,
    'Error: Cannot write the state to "out/state.json": it was removed in the meantime\n',
  );
  assertStringIncludes(stdout, "torn down");
  assertStringIncludes(stdout, "==== 1 passed, 1 failed");
  assertEquals(code, 1);
});

Deno.test("--state-out: refused where it cannot be written, and where nothing is set up", async () => {
  await using space = await TestSpace.create();
  const folder = await space.tdrunModule(MODULE, ["--state-out=."]);
  assertEquals(folder.code, 2);
  assertStringIncludes(folder.stderr, 'Error: Cannot write the state to ".": ');
  const graph = await space.tdrunModule(MODULE, ["--graph", "--state-out=x.json"]);
  assertEquals(graph.code, 2);
  assertStringIncludes(graph.stderr, "Cannot use --state-out with --graph: nothing runs");
});

Deno.test("--state-out: the state may go back to the file it has come from", async () => {
  await using space = await TestSpace.create();
  await space.file(
    "state.json",
    '{ "env": "prod", "much": "that makes it longer than what follows" }',
  );
  const state = async () => JSON.parse(await Deno.readTextFile(`${space.folder}/state.json`));
  const args = ["--state-file=state.json", "--state-out=state.json"];
  const { code, stderr } = await space.tdrunModule(
    `export const a = mark((state) => { state.much = state.env; });`,
    args,
  );
  assertEquals(code, 0, stderr);
  assertEquals(await state(), { env: "prod", much: "prod", results: {} });
});

Deno.test("--state-out: a file is as it was when the run cannot begin", async () => {
  await using space = await TestSpace.create();
  await space.file("kept.json", '{ "from": "the run before" }');
  const { code } = await space.tdrunModule(
    `export function setupState() { throw new Error("no database"); }
     export const a = mark(() => {});`,
    ["--state-out=kept.json"],
  );
  assertEquals(code, 2);
  assertEquals(
    await Deno.readTextFile(`${space.folder}/kept.json`),
    '{ "from": "the run before" }',
  );
});
