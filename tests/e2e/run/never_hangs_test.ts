/** Tasks, hooks and listeners that misbehave: the outcome, the exit code, and no run hangs. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { lastLine, order, statuses, TestSpace } from "../../support/command.ts";

interface Misbehavior {
  readonly when: string;
  /** The body of task `a`; `b` depends on it and is well-behaved. */
  readonly body: string;
  readonly message: RegExp;
}

/** `a` fails, `b` is skipped, a task beside them passes; exit 1. */
function fails({ when, body, message }: Misbehavior): void {
  Deno.test(`A task fails, and only dependents are skipped, when it ${when}`, async () => {
    await using space = await TestSpace.create();
    const { code, stdout, stderr } = await space.tdrunModule(`
      import process from "node:process";
      export const a = mark(async (state, task) => { ${body} });
      export const b = mark({ after: ["a"] }, () => {});
      export const beside = mark(() => process.pid);
    `);
    assertEquals(statuses(stderr), { a: "FAILED", b: "SKIPPED", beside: "PASSED" });
    assertMatch(stdout, message);
    assertEquals(lastLine(stdout), "==== 1 passed, 1 failed, 1 skipped");
    assertEquals(code, 1);
  });
}

fails({
  when: "calls Deno.exit(0)",
  body: "Deno.exit(0);",
  message: /a: ExitError: Deno\.exit\(0\)/,
});
fails({ when: "calls process.exit()", body: "process.exit();", message: /a: ExitError: / });
fails({
  when: "calls self.close()",
  body: "self.close();",
  message: /a: ExitError: self\.close\(\)/,
});
fails({
  when: "catches the error of Deno.exit()",
  body: "try { Deno.exit(0); } catch { /* goes on */ } return 1;",
  message: /a: ExitError: Deno\.exit\(0\)/,
});
fails({ when: "throws a string", body: 'throw "just text";', message: /a: string: just text/ });
fails({ when: "throws undefined", body: "throw undefined;", message: /a: undefined$/m });
fails({ when: "throws null", body: "throw null;", message: /a: null$/m });
/** An error whose class and properties throw when they are read. */
const TRAPPED = `new Proxy(new Error("x"), {
  get() { throw 1; }, has() { throw 1; }, ownKeys() { throw 1; }, getPrototypeOf() { throw 1; },
})`;
const UNREADABLE = /a: object: an error that cannot be read/;
fails({ when: "throws a Proxy whose traps throw", body: `throw ${TRAPPED};`, message: UNREADABLE });

for (const isolate of ["process", "inline"]) {
  Deno.test(`A Proxy whose traps throw is reported as an error, --isolate=${isolate}`, async () => {
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
  message: /a: StateCloneError: .*result.*function/,
});
fails({
  when: "returns an object that contains a function",
  body: "return { client: { socket: () => {} } };",
  message: /result\.client\.socket/,
});
fails({
  when: "recurses endlessly",
  body: "const f = () => f() + 1; f();",
  message: /a: RangeError: Maximum call stack/,
});
fails({
  when: "rejects with an error that has a cause",
  body: 'throw new Error("outer", { cause: new TypeError("inner") });',
  message: /a: Error: outer\n(.*\n)*.*caused by TypeError: inner/,
});
fails({
  when: "throws an error whose message getter throws",
  body: 'throw Object.defineProperty(new Error("x"), "message", { get() { throw 1; } });',
  message: /a: /,
});
fails({
  when: "returns a thenable that throws",
  body: 'return { then() { throw new Error("bad then"); } };',
  message: /a: Error: bad then/,
});

Deno.test("A task passes, and the run fails, when the task leaks a rejected promise", async () => {
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

Deno.test("A run continues, and fails, when a leaked timer of a task throws", async () => {
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

Deno.test("A run ends when a task leaks a timer, a channel and a server", async () => {
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

Deno.test("A task runs once when it names a dependency several times", async () => {
  await using space = await TestSpace.create();
  const { code, stdout, stderr } = await space.tdrunModule(`
    export const a = mark(() => {});
    export const b = mark({ after: ["a", "a", a] }, () => {});
  `);
  assertEquals(order(stderr), ["a", "b"]);
  assertEquals(lastLine(stdout), "==== 2 passed, 0 failed, 0 skipped");
  assertEquals(code, 0);
});

Deno.test("The state lock is released, with a warning, when its task returns", async () => {
  await using space = await TestSpace.create();
  const { code, stderr } = await space.tdrunModule(`
    export const a = mark((state) => { state._state_lock.acquire(); });
    export const b = mark({ after: ["a"] }, (state) => { using _lock = state._state_lock.acquire(); });
  `);
  assertStringIncludes(stderr, "ended while it held the state lock: the lock was released");
  assertEquals(statuses(stderr), { a: "PASSED", b: "PASSED" });
  assertEquals(code, 0);
});

Deno.test("Tasks fail with the reason when a worker cannot load the module", async () => {
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

Deno.test("Tasks fail when their worker closes itself while it loads the module", async () => {
  await using space = await TestSpace.create();
  const { code, stderr } = await space.tdrunModule(`
    if (self.name.startsWith?.("thread_")) self.close();
    export const a = mark(() => {});
  `);
  assertEquals(statuses(stderr), { a: "FAILED" });
  assertEquals(code, 1);
});

Deno.test("setupWorker fails the tasks with its error when it throws", async () => {
  await using space = await TestSpace.create();
  const { code, stdout, stderr } = await space.tdrunModule(`
    export const setupWorker = () => { throw new Error("no workshop"); };
    export const a = mark(() => {});
  `);
  assertEquals(statuses(stderr), { a: "FAILED" });
  assertStringIncludes(stdout, "no workshop");
  assertEquals(code, 1);
});

Deno.test("teardownState fails the run when it throws, and sees the state of tasks", async () => {
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
  const [fault, hook, message] of [
    [
      "setupState never settles",
      "export const setupState = () => new Promise(() => {});",
      "Error: Cannot continue: the module or one of its hooks awaits a promise that never settles\n",
    ],
    [
      "an export is named then, which import() takes for a promise's",
      "export const then = mark(() => {});",
      'import() never settles, since it takes a module with an export named "then" for a promise',
    ],
  ] as const
) {
  Deno.test(`tdrun exits with 2 and an error when ${fault}`, async () => {
    await using space = await TestSpace.create();
    const end = await space.tdrunModule(`export const a = mark(() => {}); ${hook}`);
    assertStringIncludes(end.stderr, message);
    assertEquals(end.code, 2);
  });
}

for (const args of [["--workers=2"], ["--workers=0"], ["--list"]]) {
  Deno.test(`tdrun exits with 1 when a top-level await never settles, ${args}`, async () => {
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
    [
      "an unload listener sets Deno.exitCode",
      `addEventListener("unload", () => Deno.exitCode = 0);`,
    ],
    ["an unload listener calls Deno.exit()", `addEventListener("unload", () => Deno.exit(0));`],
    [
      "an unload listener stops the propagation",
      `addEventListener("unload", (event) => { event.stopImmediatePropagation(); Deno.exitCode = 0; });`,
    ],
    [
      "a capturing unload listener stops the propagation",
      `addEventListener("unload", (event) => {
        event.stopImmediatePropagation();
        Deno.exitCode = 0;
      }, { capture: true });`,
    ],
    [
      "onunload stops the propagation",
      `globalThis.onunload = (event) => { event.stopImmediatePropagation(); Deno.exitCode = 0; };`,
    ],
    [
      "an unload listener sets Deno.exitCode and Event is replaced",
      `addEventListener("unload", () => Deno.exitCode = 0);
       Event.prototype.stopImmediatePropagation = () => {};
       globalThis.Event = class {};`,
    ],
    [
      "an exit listener of Node sets process.exitCode",
      `process.on("exit", () => process.exitCode = 0);`,
    ],
    [
      "an exit listener of Node calls process.reallyExit()",
      `process.on("exit", () => process.reallyExit(0));`,
    ],
    [
      "teardownState sets the exit codes",
      "export const teardownState = () => { Deno.exitCode = 0; process.exitCode = 0; };",
    ],
    [
      "teardownState adds an unload listener",
      `export const teardownState = () => {
        addEventListener("unload", (event) => {
          event.stopImmediatePropagation();
          Deno.exitCode = 0;
        });
      };`,
    ],
  ] as const
) {
  Deno.test(`tdrun keeps the exit code of the run when ${what}`, async () => {
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
  Deno.test(`tdrun keeps the exit code of the run when a task sets another, ${args}`, async () => {
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
  Deno.test(`tdrun exits with 2 when setupState hangs, despite a listener of ${what}`, async () => {
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

Deno.test("Listeners of unload are called once each when the run ends", async () => {
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

Deno.test("tdrun runs tasks that are named after properties of every object", async () => {
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
