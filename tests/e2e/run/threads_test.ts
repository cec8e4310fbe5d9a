/** Threads that tasks run on, the order of tasks, and the messages between threads. */
import { assertEquals, assertMatch, assertNotEquals, assertStringIncludes } from "@std/assert";
import { lastLine, order, statuses, TestSpace } from "../../support/command.ts";

const LETTERS = `
  export const c = mark((_, task) => logger.info("on", task.thread));
  export const a = mark({ after: ["b"] }, () => {});
  export const b = mark(() => {});
  export const e = mark(() => {});
  export const d = mark({ after: [c] }, () => {});
`;

Deno.test("--workers=1 runs ready tasks by name, not in the order of declaration", async () => {
  await using space = await TestSpace.create();
  const { stderr } = await space.tdrunModule(LETTERS, ["--workers=1"]);
  assertEquals(order(stderr), ["b", "a", "c", "d", "e"]);
});

Deno.test("--workers=0 runs tasks on the main thread in the order of --workers=1", async () => {
  await using space = await TestSpace.create();
  const { code, stderr } = await space.tdrunModule(
    `${LETTERS} export const z = mark(() => logger.info(typeof DedicatedWorkerGlobalScope));`,
    ["--workers=0"],
  );
  assertEquals(order(stderr), ["b", "a", "c", "d", "e", "z"]);
  assertStringIncludes(stderr, "undefined\n");
  assertEquals(code, 0);
});

Deno.test("--workers=0 reports failures as workers do", async () => {
  await using space = await TestSpace.create();
  const { code, stdout, stderr } = await space.tdrunModule(
    `
    export const a = mark(() => { throw new Error("inline"); });
    export const b = mark({ after: ["a"] }, () => {});
    export const exits = mark(() => Deno.exit(0));
    export const rejects = mark(() => { Promise.reject(new Error("stray")); });
    `,
    ["--workers=0"],
  );
  assertEquals(statuses(stderr), { a: "FAILED", b: "SKIPPED", exits: "FAILED", rejects: "PASSED" });
  assertStringIncludes(stdout, "exits: ExitError: ");
  assertStringIncludes(stdout, "1 stray error");
  assertEquals(stderr.match(/Error: stray/g)?.length, 1, stderr); // reported once, for the run
  assertEquals(code, 1);
});

Deno.test("--workers=2 runs two tasks at the same time on two threads", async () => {
  await using space = await TestSpace.create();
  const { code, stderr } = await space.tdrunModule(
    `
    const meet = async (state, task, other) => {
      state[task.name] = task.thread;
      while (state[other] === undefined) await new Promise((resolve) => setTimeout(resolve, 1));
      logger.info(task.name, "met", other, "from", task.thread);
    };
    export const a = mark((state, task) => meet(state, task, "b"));
    export const b = mark((state, task) => meet(state, task, "a"));
    `,
    ["--workers=2"],
  );
  assertEquals(code, 0);
  const threads = [...stderr.matchAll(/met . from (thread_\d)/g)].map(([, thread]) => thread);
  assertEquals(threads.length, 2);
  assertNotEquals(threads[0], threads[1]);
});

Deno.test("The top level runs once on the main thread and once in a worker", async () => {
  await using space = await TestSpace.create();
  const { stderr } = await space.tdrunModule(
    `
    Deno.writeTextFileSync("loaded", (self.name || "main") + ",", { append: true });
    export const a = mark(() => {});
    export const b = mark({ after: ["a"] }, () => {});
    export const z = mark({ after: ["b"] }, () => logger.info(Deno.readTextFileSync("loaded")));
    `,
    ["--workers=1"],
  );
  assertStringIncludes(stderr, "] z: main,thread_0,\n");
});

Deno.test("tdrun accepts a path with characters that are special in a URL", async () => {
  await using space = await TestSpace.create();
  await space.module("a b#c%20?é.ts", "export const a = mark(() => {});");
  const { code, stderr } = await space.tdrun(["a b#c%20?é.ts"]);
  assertEquals(statuses(stderr), { a: "PASSED" });
  assertEquals(code, 0);
});

Deno.test("Results and values of the state reach other threads when they are large", async () => {
  await using space = await TestSpace.create();
  const { code, stderr } = await space.tdrunModule(`
    export const a = mark(() => "x".repeat(20_000_000));
    export const b = mark((state) => { state.bytes = new Uint8Array(20_000_000).fill(7); });
    export const c = mark({ after: [a, b] }, (state) => {
      logger.info(state.results.a.length, state.bytes.length, state.bytes.at(-1));
    });
  `);
  assertStringIncludes(stderr, "] c: 20000000 20000000 7\n");
  assertEquals(code, 0);
});

Deno.test("A module receives no messages of the library when it listens to them", async () => {
  await using space = await TestSpace.create();
  const { code, stdout, stderr } = await space.tdrunModule(`
    self.onmessage = (event) => console.log("got", event.data);
    self.addEventListener("message", (event) => console.log("received", event.data));
    export const a = mark(() => 1);
  `);
  assertEquals(statuses(stderr), { a: "PASSED" });
  assertEquals([code, /got|received/.test(stdout)], [0, false], stdout);
});

Deno.test("postMessage has no effect when a task calls it or replaces it", async () => {
  await using space = await TestSpace.create();
  const { code, stdout, stderr } = await space.tdrunModule(
    `export const a = mark(() => {
      const output = { type: "output", task: 1, channel: "stdout", level: "info", text: "forged" };
      const failed = { type: "failed", task: 1, error: { type: "Error", message: "forged" } };
      const sent = [{ ...output, after: 0 }, { ...failed, after: 0 }, { ...failed, after: 1e9 }];
      for (const message of sent) postMessage({ type: "message", run: 1, message });
      postMessage({ type: "hello" });
      postMessage(null);
      globalThis.postMessage = () => {};
    });
    export const b = mark({ after: ["a"] }, () => { throw new Error("in truth"); });`,
    ["--workers=1"],
  );
  assertStringIncludes(stdout, "  b: Error: in truth\n");
  assertEquals([lastLine(stdout), code], ["==== 1 passed, 1 failed, 0 skipped", 1]);
  assertEquals(`${stdout}${stderr}`.match(/^.*(forged|outside of tasks).*$/gm), null);
});

Deno.test("A leaked timer fires between tasks when tasks block the thread", async () => {
  await using space = await TestSpace.create();
  const { code, stdout } = await space.tdrunModule(
    `export const a = mark((state) => { setTimeout(() => state.isUp = true, 20); });
    const cases = Array.from({ length: 40 }, (_, i) => i);
    export const b = mark({ after: ["a"], each: cases }, () => {
      for (const end = Date.now() + 10; Date.now() < end;);
    });
    export const c = mark({ after: ["b"] }, (state) => {
      if (!state.isUp) throw new Error("no turn of the event loop");
    });`,
    ["--workers=1"],
  );
  assertEquals([lastLine(stdout), code], ["==== 42 passed, 0 failed, 0 skipped", 0]);
});

Deno.test("Suspects of a leaked rejection are its task and at most its neighbors", async () => {
  await using space = await TestSpace.create();
  const { code, stdout } = await space.tdrunModule(
    `const block = () => { for (const end = Date.now() + 10; Date.now() < end;); };
    export const a = mark(() => block());
    export const b = mark({ after: ["a"] }, () => {
      block();
      Promise.reject(new Error("left behind"));
    });
    export const c = mark({ after: ["b"] }, () => block());
    export const d = mark({ after: ["c"] }, () => block());`,
    ["--workers=1"],
  );
  assertMatch(stdout, /^ +leaked by (b|one of (a, )?b(, c)?)$/m);
  assertEquals(code, 1);
});
