/** `--state-out`, and the JSON of the state. */
import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { stateJson } from "../../../src/cli/run/state_out.ts";
import { bash, TestSpace } from "../../support/command.ts";

const MODULE = `
  export function setupState(state) { state.env ??= "dev"; state.seen = new Set(["setup"]); }
  export const a = mark((state) => { state.made = state.env + "!"; return 7; });
`;

Deno.test("stateJson() converts Maps, Sets, bigints and cycles", () => {
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

Deno.test("stateJson() escapes control and bidirectional characters", () => {
  const state = { "a\x9b2J": "\x85\u2028\u202e\u2066" };
  const text = stateJson(state);
  assertEquals(JSON.parse(text), state);
  assertEquals(text.match(/[\x7f-\x9f\u2028-\u202e\u2066-\u2069]/g), null);
});

Deno.test("stateJson() converts bytes, typed arrays, regular expressions and dates", () => {
  const bytes = new Uint8Array([1, 255]);
  const text = stateJson({
    bytes,
    buffer: bytes.buffer,
    view: new DataView(bytes.buffer, 1),
    part: new Float64Array([0, 1.5, 2]).subarray(1),
    large: new BigInt64Array([-1n]),
    name: /^a\d/i,
    when: new Date(0),
  });
  assertEquals(JSON.parse(text), {
    bytes: [1, 255],
    buffer: [1, 255],
    view: [255],
    part: [1.5, 2],
    large: ["-1"],
    name: "/^a\\d/i",
    when: "1970-01-01T00:00:00.000Z",
  });
});

Deno.test("stateJson() throws when the text exceeds the maximum length", () => {
  const state: Record<string, unknown> = {};
  let list: unknown[] = ["x"];
  for (let i = 0; i < 14; i++) state[`k${i}`] = list = [list, list];
  const { length } = stateJson(state);
  assertEquals(stateJson(state, length).length, length);
  assertThrows(() => stateJson(state, length / 4), RangeError, "Invalid string length");
  assert(length > 2 ** 14);
});

Deno.test("--state-out exits 70 with one line when the state is nested too deeply", async () => {
  await using space = await TestSpace.create();
  const { code, stdout, stderr } = await space.tdrunModule(
    `export const a = mark((state) => {
      let deep = [];
      for (let i = 0; i < 100_000; i++) deep = [deep];
      state.deep = deep;
    });`,
    ["--state-out=state.json"],
  );
  const line =
    'Error: Cannot write the state to "state.json": the state is nested too deeply for JSON\n';
  assertStringIncludes(stderr, line);
  assertStringIncludes(stdout, "==== 1 passed");
  assertEquals(code, 70);
});

Deno.test({
  name: "--state-out exits 70 and keeps the file when it exceeds the size limit",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await using space = await TestSpace.create();
    const { folder } = space;
    await space.module(
      "module.ts",
      `export const a = mark((state) => { state.text = "x".repeat(1_000_000); });`,
    );
    await space.file("kept.json", '{"n":1}\n');
    const limited = 'trap "" XFSZ; ulimit -f 4; exec "$@"';
    for (const name of ["kept", "new"]) {
      const args = ["module.ts", "--no-journal", `--state-out=${name}.json`];
      const { code, stderr } = await bash(limited, args, { folder });
      assertStringIncludes(stderr, `Error: Cannot write the state to "${name}.json": `);
      assertEquals(code, 70);
    }
    assertEquals(await Deno.readTextFile(`${folder}/kept.json`), '{"n":1}\n');
    assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name).sort(), [
      "kept.json",
      "module.ts",
    ]);
  },
});

Deno.test("--state-out writes the final state with the results", async () => {
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

Deno.test("--state-out --dry-run writes the initial state, and runs no task", async () => {
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

Deno.test("--state-out runs teardownState when the state is too deep for JSON", async () => {
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
  assertEquals(code, 70, stderr);
  assertStringIncludes(stderr, 'Error: Cannot write the state to "state.json": ');
  assertStringIncludes(stdout, "torn down");
});

Deno.test("--state-out reports in one line that a task removed its folder", async () => {
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
    'Error: Cannot write the state to "out/state.json": the file was removed in the meantime\n',
  );
  assertStringIncludes(stdout, "torn down");
  assertStringIncludes(stdout, "==== 1 passed, 1 failed");
  assertEquals(code, 1);
});

Deno.test("--state-out exits 2 when it is a folder, and when combined with --graph", async () => {
  await using space = await TestSpace.create();
  const folder = await space.tdrunModule(MODULE, ["--state-out=."]);
  assertEquals(folder.code, 2);
  assertStringIncludes(folder.stderr, 'Error: Cannot write the state to ".": ');
  const graph = await space.tdrunModule(MODULE, ["--graph", "--state-out=x.json"]);
  assertEquals(graph.code, 2);
  assertStringIncludes(graph.stderr, "Cannot use --state-out with --graph: nothing runs");
});

Deno.test("--state-out overwrites the state file when both are the same file", async () => {
  await using space = await TestSpace.create();
  await space.file(
    "state.json",
    '{ "env": "prod", "much": "that makes it longer than what follows" }',
  );
  const state = async () => JSON.parse(await Deno.readTextFile(`${space.folder}/state.json`));
  const args = ["--state-file=state.json", "--state-out=state.json"];
  for (let runs = 1; runs <= 2; runs++) { // without the results, which no state file may have
    const { code, stderr } = await space.tdrunModule(
      `export const a = mark((state) => {
         state.much = state.env;
         return state.runs = (state.runs ?? 0) + 1;
       });`,
      args,
    );
    assertEquals(code, 0, stderr);
    assertEquals(await state(), { env: "prod", much: "prod", runs });
  }
});

Deno.test("--state-out creates no file when it is also the missing state file", async () => {
  for (const extra of [[], ["--dry-run"]]) {
    await using space = await TestSpace.create();
    const args = ["--state-file=none.json", "--state-out=./none.json", ...extra];
    const { code, stderr } = await space.tdrunModule(MODULE, args);
    assertEquals(stderr, 'Error: Cannot read the state file "none.json": no such file\n');
    assertEquals(code, 2);
    assertEquals(Array.from(Deno.readDirSync(space.folder), ({ name }) => name), ["module.ts"]);
  }
});

Deno.test("--state-out creates no file when setupState throws", async () => {
  await using space = await TestSpace.create();
  const { code } = await space.tdrunModule(
    `export function setupState() { throw new Error("no database"); }
     export const a = mark(() => {});`,
    ["--state-out=new.json"],
  );
  assertEquals(code, 2);
  assertEquals(Array.from(Deno.readDirSync(space.folder), ({ name }) => name), ["module.ts"]);
});

Deno.test("--state-out keeps an existing file when setupState throws", async () => {
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

Deno.test("--state-out --dry-run exits 1 with the error when teardownState throws", async () => {
  await using space = await TestSpace.create();
  const { code, stdout, stderr } = await space.tdrunModule(
    `export const a = mark(() => {});
     export const teardownState = () => { throw new Error("could not close it"); };`,
    ["--dry-run", "--state-out=state.json"],
  );
  assertStringIncludes(stderr, "teardownState failed: Error: could not close it\n");
  assertStringIncludes(stdout, "Would run 1 task");
  assertEquals(code, 1);
});

Deno.test("--state-out --dry-run skips teardownState when setupState did not run", async () => {
  await using space = await TestSpace.create();
  const { code, stderr } = await space.tdrunModule(
    `export const a = mark(() => {});
     export const setupState = () => {};
     export const teardownState = () => { throw new Error("nothing to close"); };`,
    ["--dry-run", "--state-out=state.json", "--state-file=none.json"],
  );
  assertEquals(stderr, 'Error: Cannot read the state file "none.json": no such file\n');
  assertEquals(code, 2);
});

Deno.test("--state-out --dry-run tears down and exits 1 when setupState times out", async () => {
  await using space = await TestSpace.create();
  const { code, stderr } = await space.tdrunModule(
    `export const a = mark(() => {});
     export const setupState = () => new Promise((resolve) => setTimeout(resolve, 60_000));
     export const teardownState = () => console.error("torn down");`,
    ["--dry-run", "--state-out=state.json", "--deadline=1s"],
  );
  assertEquals(
    stderr,
    "Error: setupState did not end before the deadline of the run\ntorn down\n",
  );
  assertEquals(code, 1);
});

Deno.test("--state-out --dry-run tears down and exits 130 when interrupted by Ctrl-C", async () => {
  await using space = await TestSpace.create();
  await space.module(
    "module.ts",
    `export const a = mark(() => {});
     export const setupState = async () => {
       await 0;
       const timer = setInterval(() => {}, 1_000);
       const interrupted = new Promise((resolve) => Deno.addSignalListener("SIGINT", resolve));
       console.error("setting up");
       await interrupted;
       clearInterval(timer);
     };
     export const teardownState = () => console.error("torn down");`,
  );
  const run = space.start(["module.ts", "--dry-run", "--state-out=state.json"]);
  await run.waitFor("setting up");
  run.kill("SIGINT");
  const { code, stderr } = await run.ended;
  assertStringIncludes(stderr, "torn down\n");
  assertEquals(code, 130);
});
