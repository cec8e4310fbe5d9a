/** Tasks that misbehave: each ends with the right outcome and exit code, and nothing hangs. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { lastLine, order, statuses, TestSpace } from "../../support/command.ts";

interface Misbehaviour {
  readonly when: string;
  /** The body of task `a`; `b` comes after it and is well-behaved. */
  readonly body: string;
  readonly says: RegExp;
}

/** `a` fails, `b` is skipped, a task beside them passes; exit 1. */
function fails({ when, body, says }: Misbehaviour): void {
  Deno.test(`a task that ${when} fails, and takes nothing else with it`, async () => {
    await using space = await TestSpace.create();
    const { code, stdout, stderr } = await space.tdrunModule(`
      import process from "node:process";
      export const a = mark(async (state, task) => { ${body} });
      export const b = mark({ after: ["a"] }, () => {});
      export const beside = mark(() => process.pid);
    `);
    assertEquals(statuses(stderr), { a: "FAILED", b: "SKIPPED", beside: "PASSED" });
    assertMatch(stdout, says);
    assertEquals(lastLine(stdout), "==== 1 passed, 1 failed, 1 skipped");
    assertEquals(code, 1);
  });
}

fails({ when: "calls Deno.exit(0)", body: "Deno.exit(0);", says: /a: ExitError: Deno\.exit\(0\)/ });
fails({ when: "calls process.exit()", body: "process.exit();", says: /a: ExitError: / });
fails({ when: "calls self.close()", body: "self.close();", says: /a: ExitError: self\.close\(\)/ });
fails({
  when: "catches what Deno.exit throws",
  body: "try { Deno.exit(0); } catch { /* goes on */ } return 1;",
  says: /a: ExitError: Deno\.exit\(0\)/,
});
fails({ when: "throws a string", body: 'throw "just text";', says: /a: string: just text/ });
fails({ when: "throws undefined", body: "throw undefined;", says: /a: undefined$/m });
fails({ when: "throws null", body: "throw null;", says: /a: null$/m });
/** Whoever asks what class it is of, or reads anything of it, gets an exception. */
const TRAPPED = `new Proxy(new Error("x"), {
  get() { throw 1; }, has() { throw 1; }, ownKeys() { throw 1; }, getPrototypeOf() { throw 1; },
})`;
const UNREADABLE = /a: object: an error that cannot be read/;
fails({ when: "throws a proxy of traps", body: `throw ${TRAPPED};`, says: UNREADABLE });

for (const isolate of ["process", "inline"]) {
  Deno.test(`a proxy of traps is thrown and left behind (--isolate=${isolate})`, async () => {
    await using space = await TestSpace.create();
    const module = `
      export const a = mark(async () => { await 0; throw ${TRAPPED}; });
      export const b = mark(async () => {
        Promise.reject(${TRAPPED});
        await new Promise((resolve) => setTimeout(resolve));
      });
      export function teardownWorker() { throw ${TRAPPED}; }
    `;
    const { code, stdout, stderr } = await space.tdrunModule(module, [`--isolate=${isolate}`]);
    assertEquals(statuses(stderr), { a: "FAILED", b: "PASSED" });
    assertMatch(stdout, UNREADABLE);
    assertMatch(stdout, /object: teardownWorker failed: an error that cannot be read/);
    assertEquals(code, 1);
  });
}

fails({
  when: "returns a function",
  body: "return () => 1;",
  says: /a: StateCloneError: .*result.*function/,
});
fails({
  when: "returns something that holds a function, saying where",
  body: "return { client: { socket: () => {} } };",
  says: /result\.client\.socket/,
});
fails({
  when: "calls itself without end",
  body: "const f = () => f() + 1; f();",
  says: /a: RangeError: Maximum call stack/,
});
fails({
  when: "rejects with a cause, which the recap shows",
  body: 'throw new Error("outer", { cause: new TypeError("inner") });',
  says: /a: Error: outer\n(.*\n)*.*caused by TypeError: inner/,
});
fails({
  when: "throws an error whose message throws",
  body: 'throw Object.defineProperty(new Error("x"), "message", { get() { throw 1; } });',
  says: /a: /,
});
fails({
  when: "returns a thenable that throws",
  body: 'return { then() { throw new Error("bad then"); } };',
  says: /a: Error: bad then/,
});

Deno.test("a task that rejects after it returned passes, and the run fails and says who", async () => {
  await using space = await TestSpace.create();
  const { code, stdout, stderr } = await space.tdrunModule(`
    export const a = mark(() => { Promise.reject(new Error("left behind")); });
    export const b = mark({ after: ["a"] }, () => {});
  `);
  assertEquals(statuses(stderr), { a: "PASSED", b: "PASSED" });
  assertMatch(stdout, /Errors outside of tasks:\n +thread_\d: Error: left behind\n/);
  assertMatch(stdout, /leaked by (a|one of a, b)\n/);
  assertEquals(lastLine(stdout), "==== 2 passed, 0 failed, 0 skipped, 1 stray error");
  assertEquals(code, 1);
});

Deno.test("a task that throws in a timer after it returned: the run goes on, and fails", async () => {
  await using space = await TestSpace.create();
  const { code, stdout, stderr } = await space.tdrunModule(
    `
    let fired;
    const late = new Promise((resolve) => fired = resolve);
    export const a = mark(() => {
      setTimeout(() => { fired(); throw new Error("in a timer"); }, 1);
    });
    export const b = mark({ after: ["a"] }, () => late);
    export const c = mark({ after: ["b"] }, () => {});
    `,
    ["--workers=1"],
  );
  assertEquals(statuses(stderr), { a: "PASSED", b: "PASSED", c: "PASSED" });
  assertStringIncludes(stdout, "thread_0: Error: in a timer\n");
  assertEquals(lastLine(stdout), "==== 3 passed, 0 failed, 0 skipped, 1 stray error");
  assertEquals(code, 1);
});

Deno.test("a task that leaves a timer and a listener behind does not keep the run alive", async () => {
  await using space = await TestSpace.create();
  const { code, stderr } = await space.tdrunModule(`
    export const a = mark(() => {
      setInterval(() => {}, 1_000);
      new BroadcastChannel("left open").onmessage = () => {};
      Deno.serve({ port: 0, onListen() {} }, () => new Response());
    });
  `);
  assertEquals(statuses(stderr), { a: "PASSED" });
  assertEquals(code, 0);
});

Deno.test("a task that comes twice after the same one runs once", async () => {
  await using space = await TestSpace.create();
  const { code, stdout, stderr } = await space.tdrunModule(`
    export const a = mark(() => {});
    export const b = mark({ after: ["a", "a", a] }, () => {});
  `);
  assertEquals(order(stderr), ["a", "b"]);
  assertEquals(lastLine(stdout), "==== 2 passed, 0 failed, 0 skipped");
  assertEquals(code, 0);
});

Deno.test("a task that returns holding the state lock loses it, with a warning", async () => {
  await using space = await TestSpace.create();
  const { code, stderr } = await space.tdrunModule(`
    export const a = mark((state) => { state._state_lock.acquire(); });
    export const b = mark({ after: ["a"] }, (state) => { using _lock = state._state_lock.acquire(); });
  `);
  assertStringIncludes(stderr, "ended while it held the state lock: the lock was released");
  assertEquals(statuses(stderr), { a: "PASSED", b: "PASSED" });
  assertEquals(code, 0);
});

Deno.test("a worker that cannot load the module fails its tasks, and says why", async () => {
  await using space = await TestSpace.create();
  const { code, stdout, stderr } = await space.tdrunModule(`
    if (typeof window === "undefined" && self.name.startsWith("thread_")) {
      throw new Error("not in a worker");
    }
    export const a = mark(() => {});
    export const b = mark({ after: ["a"] }, () => {});
  `);
  assertEquals(statuses(stderr), { a: "FAILED", b: "SKIPPED" });
  assertStringIncludes(stdout, "not in a worker");
  assertEquals(code, 1);
});

Deno.test("a worker that closes itself while loading fails its tasks", async () => {
  await using space = await TestSpace.create();
  const { code, stderr } = await space.tdrunModule(`
    if (self.name.startsWith?.("thread_")) self.close();
    export const a = mark(() => {});
  `);
  assertEquals(statuses(stderr), { a: "FAILED" });
  assertEquals(code, 1);
});

Deno.test("setupWorker that throws fails the tasks, and says why", async () => {
  await using space = await TestSpace.create();
  const { code, stdout, stderr } = await space.tdrunModule(`
    export const setupWorker = () => { throw new Error("no workshop"); };
    export const a = mark(() => {});
  `);
  assertEquals(statuses(stderr), { a: "FAILED" });
  assertStringIncludes(stdout, "no workshop");
  assertEquals(code, 1);
});

Deno.test("teardownState runs after a failure; if it throws, the run fails", async () => {
  await using space = await TestSpace.create();
  const { code, stdout, stderr } = await space.tdrunModule(`
    export const a = mark((state) => { state.made = "by a"; });
    export const teardownState = (state) => { throw new Error("cannot clean " + state.made); };
  `);
  assertStringIncludes(stderr, "teardownState failed: Error: cannot clean by a");
  assertEquals(lastLine(stdout), "==== 1 passed, 0 failed, 0 skipped, 1 stray error");
  assertEquals(code, 1);
});

for (
  const [what, hook, said] of [
    [
      "setupState that never resolves",
      "export const setupState = () => new Promise(() => {});",
      "Error: Cannot continue: the module or one of its hooks awaits a promise that never settles\n",
    ],
    [
      "an export called then, which import() takes for a promise's",
      "export const then = mark(() => {});",
      'it awaits what will never come: an export called "then" is taken for a promise\'s',
    ],
  ] as const
) {
  Deno.test(`${what}: exit 2 and a line, never a silent 0`, async () => {
    await using space = await TestSpace.create();
    const end = await space.tdrunModule(`export const a = mark(() => {}); ${hook}`);
    assertStringIncludes(end.stderr, said);
    assertEquals(end.code, 2);
  });
}

for (const args of [["--workers=2"], ["--workers=0"], ["--list"]]) {
  Deno.test(`a module that awaits what never comes, ${args}: Deno says where`, async () => {
    await using space = await TestSpace.create();
    const code = "export const a = mark(() => {}); await new Promise(() => {});";
    const end = await space.tdrunModule(code, args);
    assertStringIncludes(end.stderr, "Top-level await promise never resolved");
    assertStringIncludes(end.stderr, "module.ts");
    assertEquals(end.code, 1);
  });
}

for (
  const [what, hook] of [
    ["sets an exit code", `addEventListener("unload", () => Deno.exitCode = 0);`],
    ["exits", `addEventListener("unload", () => Deno.exit(0));`],
    [
      "keeps it from others",
      `addEventListener("unload", (event) => { event.stopImmediatePropagation(); Deno.exitCode = 0; });`,
    ],
    [
      "keeps it from others as the first",
      `addEventListener("unload", (event) => {
        event.stopImmediatePropagation();
        Deno.exitCode = 0;
      }, { capture: true });`,
    ],
    [
      "is the only one",
      `globalThis.onunload = (event) => { event.stopImmediatePropagation(); Deno.exitCode = 0; };`,
    ],
    [
      "replaces what events are made of",
      `addEventListener("unload", () => Deno.exitCode = 0);
       Event.prototype.stopImmediatePropagation = () => {};
       globalThis.Event = class {};`,
    ],
    ["is Node's", `process.on("exit", () => process.exitCode = 0);`],
    ["is Node's and exits", `process.on("exit", () => process.reallyExit(0));`],
    [
      "is there too early",
      "export const teardownState = () => { Deno.exitCode = 0; process.exitCode = 0; };",
    ],
    [
      "is there late",
      `export const teardownState = () => {
        addEventListener("unload", (event) => {
          event.stopImmediatePropagation();
          Deno.exitCode = 0;
        });
      };`,
    ],
  ] as const
) {
  Deno.test(`what listens for the end of the process and ${what} does not change how the run has ended`, async () => {
    await using space = await TestSpace.create();
    const { code, stdout, stderr } = await space.tdrunModule(
      `${hook}
      export const a = mark(() => { throw new Error("no"); });`,
    );
    assertEquals(lastLine(stdout), "==== 0 passed, 1 failed, 0 skipped");
    assert(!stderr.includes("Cannot continue"), stderr);
    assertEquals(code, 1);
  });
}

for (const args of [["--workers=0"], ["--workers=1"]]) {
  Deno.test(`a task that sets the exit code does not change how the run has ended, ${args}`, async () => {
    await using space = await TestSpace.create();
    const { code } = await space.tdrunModule(
      `export const a = mark(() => {
        addEventListener("unload", (event) => {
          event.stopImmediatePropagation();
          Deno.exitCode = 0;
        });
        Deno.exitCode = process.exitCode = 0;
        throw new Error("no");
      });`,
      args,
    );
    assertEquals(code, 1);
  });
}

for (
  const [what, listener] of [
    ["unload", `addEventListener("unload", () => Deno.exitCode = 0);`],
    ["beforeunload", `addEventListener("beforeunload", () => Deno.exitCode = 0);`],
    ["Node's exit", `process.on("exit", () => Deno.exitCode = process.exitCode = 0);`],
  ]
) {
  Deno.test(`a setupState that never resolves ends with 2 when a listener of ${what} sets 0`, async () => {
    await using space = await TestSpace.create();
    const { code, stderr } = await space.tdrunModule(
      `${listener}
      export const setupState = () => new Promise(() => {});
      export const a = mark(() => {});`,
    );
    assertStringIncludes(stderr, "awaits a promise that never settles\n");
    assertEquals(code, 2);
  });
}

Deno.test("every listener for the end of the process is called once when the run ends", async () => {
  await using space = await TestSpace.create();
  const { code, stderr } = await space.tdrunModule(
    `addEventListener("unload", () => console.error("first"));
    addEventListener("unload", () => console.error("second"), { capture: true });
    export const a = mark(() => {});`,
  );
  assertEquals([...stderr.matchAll(/^(first|second)$/gm)].map(([it]) => it).sort(), [
    ...["first", "second"],
  ]);
  assertEquals(code, 0);
});

Deno.test("names that every object has are names of tasks like any other", async () => {
  await using space = await TestSpace.create();
  const { code, stderr } = await space.tdrunModule(`
    const one = mark(() => 1);
    const two = mark({ after: ["__proto__"] }, (state) => state.results.__proto__ + 1);
    const three = mark({ after: ["constructor"] }, (state) => state.results.constructor + 1);
    export { one as "__proto__", two as "constructor", three as "toString" };
    export const last = mark({ after: ["toString"] }, (state) => logger.info(Object.entries(state.results)));
  `);
  assertEquals(order(stderr), ["__proto__", "constructor", "toString", "last"]);
  assertStringIncludes(stderr, '[ [ "__proto__", 1 ], [ "constructor", 2 ], [ "toString", 3 ] ]');
  assertEquals(code, 0);
});
