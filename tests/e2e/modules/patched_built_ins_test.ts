/** Tasks and modules that replace built-ins: the run ends with an outcome for each task. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { lastLine, printed, statuses, TestSpace } from "../../support/command.ts";

const THROWS = "() => { throw new Error('not this one'); }";

/** The replaced built-in, its replacement, and whether threads never need it. */
const REPLACED = [
  ["Array.prototype.push", THROWS, false],
  ["Array.prototype[Symbol.iterator]", THROWS, false],
  ["Array.prototype.shift", THROWS, true],
  ["Map.prototype.get", THROWS, false],
  ["MessagePort.prototype.postMessage", "() => {}", true],
  ["EventTarget.prototype.dispatchEvent", "() => true", true],
  ["EventTarget.prototype.addEventListener", "() => {}", true],
  ["Promise.prototype.then", "function () { return this; }", true],
  ["Promise.resolve", THROWS, true],
  ["globalThis.Promise", "class {}", true],
  ["Atomics.load", "() => 0", true],
  ["Atomics.compareExchange", THROWS, true],
  ["JSON.stringify", "() => 'nonsense'", true],
  ["Object.prototype.toJSON", "() => 'nonsense'", true],
  ["Array.prototype.toJSON", "() => 'nonsense'", true],
] as const;

for (const isolate of ["worker", "process"]) {
  for (const [name, value, isUnneeded] of REPLACED) {
    Deno.test(`tdrun settles every task when a task replaces ${name} (${isolate})`, async () => {
      await using space = await TestSpace.create();
      const { code, stdout, stderr } = await space.tdrunModule(
        `
        export const a = mark(() => { ${name} = ${value}; });
        export const b = mark({ after: ["a"] }, async (state) => {
          await new Promise((resolve) => setTimeout(resolve, 1));
          state.list = [1];
        });
        export const c = mark({ after: ["a"] }, () => {});
        export const d = mark({ after: ["b"] }, () => {});
        export const clean = mark({ after: ["d"], when: "always" }, () => {});
        export const clean_more = mark({ after: ["clean"], when: "always" }, () => {});
        `,
        [`--isolate=${isolate}`, "--workers=1"],
      );
      const ended = statuses(stderr);
      const all = ["a", "b", "c", "clean", "clean_more", "d"];
      assertEquals(Object.keys(ended).sort(), all, stderr);
      assertEquals(ended.clean_more, "PASSED", stderr); // on a new thread, after the first crashed
      const areAllWell = lastLine(stdout) === "==== 6 passed, 0 failed, 0 skipped";
      assert(areAllWell || !isUnneeded, stderr);
      assertEquals(code, areAllWell ? 0 : 1);
      assert(!/please report|Cannot continue/.test(stderr), stderr);
    });
  }
}

/** Built-ins that do nothing once replaced; without them values would be stored empty. */
const ENCODING = [
  ["Array.prototype.push", "() => {}"],
  ["String.prototype.charCodeAt", "() => {}"],
  ["DataView.prototype.setFloat64", "() => {}"],
  ["Object.hasOwn", "() => false"],
] as const;

for (const isolate of ["worker", "process"]) {
  for (const [name, value] of ENCODING) {
    Deno.test(`SharedState stores values when a task replaced ${name} (${isolate})`, async () => {
      await using space = await TestSpace.create();
      const { code, stdout, stderr } = await space.tdrunModule(
        `
        export const a = mark(() => { ${name} = ${value}; });
        export const b = mark({ after: ["a"] }, (state) => {
          state.name = "größe";
          state.map = new Map([["k", { v: 1.5 }]]);
          return { list: [1, "two", { three: "drei" }] };
        });
        export const teardownState = ({ name, map, results: { b } }) =>
          console.log(JSON.stringify([name, [...map], b]));
        `,
        [`--isolate=${isolate}`, "--workers=1"],
      );
      const stored = `["größe",[["k",{"v":1.5}]],{"list":[1,"two",{"three":"drei"}]}]`;
      assertStringIncludes(stdout, stored, stderr);
      assertEquals(code, 0);
    });
  }
}

/** Timers that never fire, as in tests with a fake clock; on the main thread as well. */
const FAKE_TIMERS = `
  globalThis.setTimeout = globalThis.setInterval = () => 0;
  export const a = mark(() => new Promise(() => {}));
`;

for (const isolate of ["worker", "process", "inline"]) {
  Deno.test(`--timeout and --retries work when a module replaces timers (${isolate})`, async () => {
    await using space = await TestSpace.create();
    const { code, stdout, stderr } = await space.tdrunModule(
      FAKE_TIMERS,
      [`--isolate=${isolate}`, "--timeout=100ms", "--retries=1:10ms"],
    );
    assertStringIncludes(stderr, "a: attempt 1 failed, retrying in");
    assertStringIncludes(stdout, "a (2 attempts): TimeoutError: the task took longer than");
    assertEquals([statuses(stderr), code], [{ a: "FAILED" }, 1]);
  });

  Deno.test(`--deadline cancels the run when a module replaces timers (${isolate})`, async () => {
    await using space = await TestSpace.create();
    const args = [`--isolate=${isolate}`, "--deadline=1s"];
    const { code, stderr } = await space.tdrunModule(FAKE_TIMERS, args);
    assertEquals([statuses(stderr), code], [{ a: "CANCELLED" }, 1]);
  });
}

/** A stopped clock, as with `@sinonjs/fake-timers`. */
const STOPPED_CLOCK = `
  globalThis.Date = class extends Date {
    constructor(...parts) { super(...(parts.length === 0 ? [0] : parts)); }
    static now() { return 0; }
  };
  performance.now = () => 0;
  globalThis.queueMicrotask = () => {};
`;

for (const isolate of ["worker", "process", "inline"]) {
  Deno.test(`tdrun reports times and errors when the clock is stopped (${isolate})`, async () => {
    await using space = await TestSpace.create();
    const { code, stdout, stderr } = await space.tdrunModule(
      `
      export const setupState = () => {
        ${STOPPED_CLOCK}
        Promise.reject(new Error("left behind"));
      };
      export const a = mark(() => new Promise((resolve) => setTimeout(resolve, 200)));
      `,
      [`--isolate=${isolate}`],
    );
    assertEquals(statuses(stderr), { a: "PASSED" });
    assertStringIncludes(stderr, "Error: left behind\n");
    assert(!stderr.includes("1970"), stderr);
    assertMatch(stdout, /^==== 1 passed, .* in (0\.[2-9]|[1-9]\.)\d*s ====$/m);
    assertEquals(code, 1);
  });
}

Deno.test("tdrun runs the event loop of an idle thread when the clock is stopped", async () => {
  await using space = await TestSpace.create();
  const { code, stderr } = await space.tdrunModule(
    `
    ${STOPPED_CLOCK}
    const until = async (isSo) => {
      for (let times = 0; times < 500 && !isSo(); times++) {
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      if (!isSo()) throw new Error("it has not come up");
    };
    export const a = mark(async (state) => {
      await until(() => state.hasOtherBegun); // on the other thread, that is
      setTimeout(() => state.isHeard = true, 100);
    });
    export const b = mark(async (state) => {
      state.hasOtherBegun = true;
      await until(() => state.isHeard);
    });
    `,
    ["--workers=2"],
  );
  assertEquals(statuses(stderr), { a: "PASSED", b: "PASSED" }, stderr);
  assertEquals(code, 0);
});

Deno.test("tdrun reports the replaced built-in and replaces the thread that it broke", async () => {
  await using space = await TestSpace.create();
  const { code, stderr } = await space.tdrunModule(
    `
    export const a = mark(() => { Map.prototype.get = ${THROWS}; });
    export const b = mark({ after: ["a"] }, (state) => { state.list = [1]; });
    export const c = mark({ after: ["b"], when: "always" }, (state) => { state.list = [1]; });
    export { a as first }; // threads look tasks up in a map
    `,
    ["--workers=1"],
  );
  assertStringIncludes(stderr, "(the module or a task has replaced Map.prototype.get)\n");
  assertEquals(statuses(stderr), { a: "PASSED", b: "FAILED", c: "PASSED" });
  assertEquals(code, 1);
});

Deno.test("tdrun reports the replaced built-in when the main thread breaks", async () => {
  await using space = await TestSpace.create();
  const { code, stderr } = await space.tdrunModule(
    `export const a = mark(() => { Array.prototype.push = ${THROWS}; });`,
    ["--workers=0"],
  );
  const message =
    "Error: Cannot continue: not this one (the module or a task has replaced Array.prototype.push)\n";
  assertStringIncludes(stderr, message);
  assertEquals(code, 70);
});

Deno.test("tdrun exits 70 when the main thread breaks before a retry", async () => {
  await using space = await TestSpace.create();
  const { code, stderr } = await space.tdrunModule(
    `
    export const a = mark(() => { Array.prototype.shift = ${THROWS}; });
    export const b = mark({ after: ["a"], retries: 1 }, async () => {
      await new Promise((resolve) => setTimeout(resolve, 1));
      throw new Error("b");
    });
    `,
    ["--workers=0"],
  );
  const message =
    "Error: Cannot continue: not this one (the module or a task has replaced Array.prototype.shift)\n";
  assertStringIncludes(stderr, message);
  assertEquals(code, 70);
});

/** Replacements like those of a DOM for tests, but simpler. */
const DOM_REPLACEMENTS = {
  postMessage: "() => {}",
  MessageChannel: "class { port1 = {}; port2 = { postMessage() {}, close() {} }; }",
  AbortController: "class { signal = new EventTarget(); abort() {} }",
  "EventTarget.prototype.addEventListener": "() => {}",
  "EventTarget.prototype.dispatchEvent": "() => true",
};

for (const [name, other] of Object.entries(DOM_REPLACEMENTS)) {
  for (const args of [["--workers=2"], ["--workers=0"]]) {
    Deno.test(`tdrun runs a module that replaces ${name}, ${args}`, async () => {
      await using space = await TestSpace.create();
      const { code, stderr } = await space.tdrunModule(
        `globalThis.${name} = ${other};
        export const a = mark(() => 1);
        export const b = mark({ after: ["a"] }, (state) => logger.info("a made", state.results.a));`,
        args,
      );
      assertStringIncludes(stderr, "a made 1\n");
      assertEquals(statuses(stderr), { a: "PASSED", b: "PASSED" });
      assertEquals(code, 0);
    });
  }
}

Deno.test("Scheduler runs its tasks when the program replaced what a DOM replaces", async () => {
  await using space = await TestSpace.create();
  const replaced = Object.entries(DOM_REPLACEMENTS).map(([name, other]) =>
    `globalThis.${name} = ${other};`
  );
  const end = await space.script(`
    const s = new Scheduler({ workers: 2 });
    for (let i = 0; i < 500; i++) s.register(() => i, "t" + i);
    if (import.meta.main) {
      ${replaced.join("\n")}
      const { passed } = await s.start();
      console.log(passed.length);
    }
  `);
  assertEquals(printed(end), 500);
});

Deno.test("tdrun runs a module that replaces navigator when --workers is not given", async () => {
  await using space = await TestSpace.create();
  const { code, stderr } = await space.tdrunModule(`
    Object.defineProperty(globalThis, "navigator", { value: {} });
    export const a = mark(() => 1);`);
  assertEquals(statuses(stderr), { a: "PASSED" });
  assertEquals(code, 0);
});

Deno.test("tdrun --workers=0 runs tasks that block when a module replaces Worker", async () => {
  await using space = await TestSpace.create();
  const { code, stdout, stderr } = await space.tdrunModule(
    `globalThis.Worker = class { constructor() { throw new Error("there are none here"); } };
    export const a = mark(() => {
      for (const end = performance.now() + 500; performance.now() < end;);
    });
    export const b = mark({ after: ["a"] }, () => 1);`,
    ["--workers=0"],
  );
  assertEquals(statuses(stderr), { a: "PASSED", b: "PASSED" });
  assert(!stdout.includes("Errors outside of tasks"), stdout);
  assertEquals(code, 0);
});

for (const args of [["--workers=1"], ["--workers=0"]]) {
  Deno.test(`task.signal is an AbortSignal when AbortController is replaced, ${args}`, async () => {
    await using space = await TestSpace.create();
    const { code, stderr } = await space.tdrunModule(
      `const { AbortSignal } = globalThis;
      globalThis.AbortController = ${DOM_REPLACEMENTS.AbortController};
      export const a = mark((_, task) => logger.info(task.signal instanceof AbortSignal));`,
      args,
    );
    assertStringIncludes(stderr, "a: true\n");
    assertEquals(code, 0);
  });
}

Deno.test("tdrun passes the task when navigator is replaced in threads only", async () => {
  await using space = await TestSpace.create();
  const { code, stderr } = await space.tdrunModule(`
    if (globalThis.name) Object.defineProperty(globalThis, "navigator", { value: {} });
    export const a = mark(() => 1);`);
  assertEquals(statuses(stderr), { a: "PASSED" });
  assertEquals(code, 0);
});

for (const isolate of ["worker", "process"]) {
  Deno.test(`tdrun prints errors in the recap when String is replaced (${isolate})`, async () => {
    await using space = await TestSpace.create();
    const { code, stdout, stderr } = await space.tdrunModule(
      `export const a = mark(() => { globalThis.String = () => 5; throw new TypeError("on purpose"); });
       export const b = mark({ after: ["a"], when: "always" }, () => { throw new TypeError("and again"); });`,
      [`--isolate=${isolate}`, "--workers=1"],
    );
    assertStringIncludes(stdout, "a: TypeError: on purpose\n");
    assertStringIncludes(stdout, "b: TypeError: and again\n");
    assertEquals([lastLine(stdout), code], ["==== 0 passed, 2 failed, 0 skipped", 1], stderr);
  });

  Deno.test(`tdrun reports a teardownWorker error when replace() fails (${isolate})`, async () => {
    await using space = await TestSpace.create();
    const { code, stdout, stderr } = await space.tdrunModule(
      `export const a = mark(() => {});
       export const teardownWorker = () => {
         String.prototype.replace = () => 5;
         throw new TypeError("on purpose");
       };`,
      [`--isolate=${isolate}`, "--reporter=html=o.html", "--reporter=junit=o.xml"],
    );
    assertStringIncludes(stdout, "TypeError: teardownWorker failed: on purpose\n", stderr);
    assertEquals(lastLine(stdout), "==== 1 passed, 0 failed, 0 skipped, 1 stray error");
    assertEquals(code, 1);
    assert(!/please report|Internal/.test(stderr), stderr);
  });
}
