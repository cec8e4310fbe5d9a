/** A task that replaces what the language has in its thread: the run ends, with an outcome for each task. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { lastLine, printed, statuses, TestSpace } from "../../support/command.ts";

const THROWS = "() => { throw new Error('not this one'); }";

/** What is replaced; and whether it is certain that a thread does without. */
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
  for (const [name, value, isSpare] of REPLACED) {
    Deno.test(`a task that replaces ${name}, isolated by ${isolate}`, async () => {
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
      assertEquals(ended.clean_more, "PASSED", stderr); // on a new thread, where the first one broke
      const areAllWell = lastLine(stdout) === "==== 6 passed, 0 failed, 0 skipped";
      assert(areAllWell || !isSpare, stderr);
      assertEquals(code, areAllWell ? 0 : 1);
      assert(!/please report|Cannot continue/.test(stderr), stderr);
    });
  }
}

/** What does nothing any more, without which values would be stored empty. */
const ENCODING = [
  ["Array.prototype.push", "() => {}"],
  ["String.prototype.charCodeAt", "() => {}"],
  ["DataView.prototype.setFloat64", "() => {}"],
  ["Object.hasOwn", "() => false"],
] as const;

for (const isolate of ["worker", "process"]) {
  for (const [name, value] of ENCODING) {
    Deno.test(`a task after one that replaces ${name} stores what it should, isolated by ${isolate}`, async () => {
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

/** As tests do that hold the clock: on the main thread, too, which loads the module. */
const HELD_CLOCK = `
  globalThis.setTimeout = globalThis.setInterval = () => 0;
  export const a = mark(() => new Promise(() => {}));
`;

for (const isolate of ["worker", "process", "inline"]) {
  Deno.test(`a module that replaces timers: a timeout and a retry come up, isolated by ${isolate}`, async () => {
    await using space = await TestSpace.create();
    const { code, stdout, stderr } = await space.tdrunModule(
      HELD_CLOCK,
      [`--isolate=${isolate}`, "--timeout=100ms", "--retries=1:10ms"],
    );
    assertStringIncludes(stderr, "a: attempt 1 failed, retrying in");
    assertStringIncludes(stdout, "a (2 attempts): TimeoutError: the task took longer than");
    assertEquals([statuses(stderr), code], [{ a: "FAILED" }, 1]);
  });

  Deno.test(`a module that replaces timers: the deadline comes up, isolated by ${isolate}`, async () => {
    await using space = await TestSpace.create();
    const args = [`--isolate=${isolate}`, "--deadline=1s"];
    const { code, stderr } = await space.tdrunModule(HELD_CLOCK, args);
    assertEquals([statuses(stderr), code], [{ a: "CANCELLED" }, 1]);
  });
}

/** As `@sinonjs/fake-timers` holds it. */
const STOPPED_CLOCK = `
  globalThis.Date = class extends Date {
    constructor(...parts) { super(...(parts.length === 0 ? [0] : parts)); }
    static now() { return 0; }
  };
  performance.now = () => 0;
  globalThis.queueMicrotask = () => {};
`;

for (const isolate of ["worker", "process", "inline"]) {
  Deno.test(`a module that stops the clock: times are told, and errors left behind, isolated by ${isolate}`, async () => {
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

Deno.test("a module that stops the clock: the event loop of a thread that has nothing to do turns", async () => {
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

Deno.test("what a thread broke of is told with what was replaced, and another takes its place", async () => {
  await using space = await TestSpace.create();
  const { code, stderr } = await space.tdrunModule(
    `
    export const a = mark(() => { Map.prototype.get = ${THROWS}; });
    export const b = mark({ after: ["a"] }, (state) => { state.list = [1]; });
    export const c = mark({ after: ["b"], when: "always" }, (state) => { state.list = [1]; });
    `,
    ["--workers=1"],
  );
  assertStringIncludes(stderr, "(the module or a task has replaced Map.prototype.get)\n");
  assertEquals(statuses(stderr), { a: "PASSED", b: "FAILED", c: "PASSED" });
  assertEquals(code, 1);
});

Deno.test("on the main thread, what was replaced is named instead of a bug of ours", async () => {
  await using space = await TestSpace.create();
  const { code, stderr } = await space.tdrunModule(
    `export const a = mark(() => { Array.prototype.push = ${THROWS}; });`,
    ["--workers=0"],
  );
  const said =
    "Error: Cannot continue: not this one (the module or a task has replaced Array.prototype.push)\n";
  assertStringIncludes(stderr, said);
  assertEquals(code, 70);
});

Deno.test("on the main thread, a run that cannot be told any more ends, though a task is to be tried again", async () => {
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
  const said =
    "Error: Cannot continue: not this one (the module or a task has replaced Array.prototype.shift)\n";
  assertStringIncludes(stderr, said);
  assertEquals(code, 70);
});

/** As a DOM for tests does, though it has better ones. */
const LIKE_A_DOM = {
  postMessage: "() => {}",
  MessageChannel: "class { port1 = {}; port2 = { postMessage() {}, close() {} }; }",
  AbortController: "class { signal = new EventTarget(); abort() {} }",
  "EventTarget.prototype.addEventListener": "() => {}",
  "EventTarget.prototype.dispatchEvent": "() => true",
};

for (const [name, other] of Object.entries(LIKE_A_DOM)) {
  for (const args of [["--workers=2"], ["--workers=0"]]) {
    Deno.test(`a module that replaces ${name} is run, ${args}`, async () => {
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

Deno.test("a program that replaces what a DOM does before it starts a scheduler: its tasks are run", async () => {
  await using space = await TestSpace.create();
  const replaced = Object.entries(LIKE_A_DOM).map(([name, other]) =>
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

Deno.test("a module that replaces navigator, where nobody says how many threads, is run", async () => {
  await using space = await TestSpace.create();
  const { code, stderr } = await space.tdrunModule(`
    Object.defineProperty(globalThis, "navigator", { value: {} });
    export const a = mark(() => 1);`);
  assertEquals(statuses(stderr), { a: "PASSED" });
  assertEquals(code, 0);
});

Deno.test("a module that replaces Worker: signals are heard for tasks that block the main thread", async () => {
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
  Deno.test(`a module that replaces AbortController: tasks get signals of the runtime, ${args}`, async () => {
    await using space = await TestSpace.create();
    const { code, stderr } = await space.tdrunModule(
      `const { AbortSignal } = globalThis;
      globalThis.AbortController = ${LIKE_A_DOM.AbortController};
      export const a = mark((_, task) => logger.info(task.signal instanceof AbortSignal));`,
      args,
    );
    assertStringIncludes(stderr, "a: true\n");
    assertEquals(code, 0);
  });
}

Deno.test("a module that replaces navigator in its threads alone: none is taken for one that has ended", async () => {
  await using space = await TestSpace.create();
  const { code, stderr } = await space.tdrunModule(`
    if (globalThis.name) Object.defineProperty(globalThis, "navigator", { value: {} });
    export const a = mark(() => 1);`);
  assertEquals(statuses(stderr), { a: "PASSED" });
  assertEquals(code, 0);
});

for (const isolate of ["worker", "process"]) {
  Deno.test(`a task that replaces String: what it throws is in the recap, isolated by ${isolate}`, async () => {
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

  Deno.test(`a malformed record of an error is told as far as it goes, isolated by ${isolate}`, async () => {
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
