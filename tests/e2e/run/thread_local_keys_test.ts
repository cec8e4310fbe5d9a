/** Thread-local keys: each thread runs setupState again for its own values. */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { statuses, TestSpace } from "../../support/command.ts";

const CLIENT = "class Client { ping() { return 1; } }\n";

const ONCE = `${CLIENT}
  export function setupState(state) {
    if (state.isReady) throw new RangeError("second call");
    state.isReady = true;
    state.client = new Client();
  }
  export const a = mark((state) => state.client.ping());
  export const b = mark({ after: ["a"], when: "always" }, (state) => state.client?.ping());
`;

/** The note of a key, at the beginning of a line. */
const NOTE = /^Note: state\.nested\.client: .*; so state\.nested is thread-local, .*$/gm;

for (const isolate of ["worker", "process"]) {
  const args = ["--workers=1", `--isolate=${isolate}`];

  Deno.test(`setupState fails each reader of a key when it throws in a ${isolate}`, async () => {
    await using space = await TestSpace.create();
    const { code, stdout, stderr } = await space.tdrunModule(ONCE, args);
    assertEquals(code, 1, stderr);
    assertEquals(statuses(stderr), { a: "FAILED", b: "FAILED" });
    for (const task of ["a", "b"]) {
      assertStringIncludes(
        stdout,
        `${task}: Error: Cannot read state.client: setupState was run again on this thread, since ` +
          "state.client cannot be shared, and threw RangeError: second call",
      );
    }
  });

  Deno.test(`setupState fails the tasks when it is async and rejects in a ${isolate}`, async () => {
    await using space = await TestSpace.create();
    const { code, stdout } = await space.tdrunModule(
      ONCE.replace("export function", "export async function"),
      args,
    );
    assertEquals(code, 1);
    assertStringIncludes(
      stdout,
      "setupState failed: run again on this thread, since state.client cannot be shared: " +
        "RangeError: second call",
    );
  });

  Deno.test(`A thread-local key has one note when two ${isolate} lanes read it`, async () => {
    await using space = await TestSpace.create();
    const { code, stderr } = await space.tdrunModule(
      `${CLIENT}
      export const setupState = (state) => {
        state.nested = { list: [1], client: new Client() };
        state.met = new Set();
      };
      const meet = async (state, task) => {
        state.met.add(task.name);
        while (state.met.size < 2) await new Promise((resolve) => setTimeout(resolve));
        return state.nested.client.ping();
      };
      export const a = mark((state, task) => meet(state, task));
      export const b = mark((state, task) => meet(state, task));`,
      ["--workers=2", `--isolate=${isolate}`],
    );
    assertEquals(code, 0, stderr);
    assertEquals(stderr.match(NOTE)?.length, 1, stderr);
    assertMatch(stderr, /instance of Client cannot be shared/);
  });
}

Deno.test("setupState runs once, without a note, when tasks run on the main thread", async () => {
  await using space = await TestSpace.create();
  const { code, stderr } = await space.tdrunModule(ONCE, ["--workers=0"]);
  assertEquals([code, statuses(stderr)], [0, { a: "PASSED", b: "PASSED" }], stderr);
  assertEquals(stderr.includes("Note:"), false, stderr);
});
