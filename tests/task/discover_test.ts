/** Tests of the discovery of tasks and hooks in a module. */
import { assertEquals, assertThrows } from "@std/assert";
import { UsageError } from "../../src/base/errors.ts";
import type { TaskContext } from "../../src/task/context.ts";
import { discoverTasks, ExportedTasks } from "../../src/task/discover.ts";
import type { Namespace } from "../../src/task/exported_tasks.ts";
import { findHooks } from "../../src/task/hooks.ts";
import { mark } from "../../src/task/mark.ts";

function names(namespace: Namespace): string[] {
  return discoverTasks(namespace).map(({ spec }) => spec.name);
}

Deno.test("discoverTasks() returns tasks in the order in which they were marked", () => {
  const [b, a] = [mark(() => {}), mark(() => {})];
  assertEquals(names({ a, b, helper: () => {}, value: 1, nothing: null, undefined }), ["b", "a"]);
});

Deno.test("discoverTasks() returns one task for a function that is exported twice", () => {
  const load = mark(function load() {});
  const anonymous = mark((() => () => {})());
  assertEquals(names({ alias: load, load, other: load }), ["load"]);
  assertEquals(names({ default: anonymous, thing: anonymous }), ["default"]);
});

Deno.test("ExportedTasks.notes() reports an unused mark that was given no function", () => {
  const [slow, forgotten] = [mark({ tags: ["slow"] }), mark({ tags: ["slow"] })];
  const load = slow(() => {});
  const exported = new ExportedTasks({ load, slow, forgotten, helper: () => {}, nothing: null });
  assertEquals(exported.notes(), [
    '"forgotten" is not a task: mark(options) was given no function',
  ]);
});

Deno.test("discoverTasks() calls a static method on its class, under the method's name", () => {
  class Steps {
    static greeting = "hello";
    @mark()
    static greet() {
      return this.greeting;
    }
    static helper() {}
  }
  const [task] = discoverTasks({ Steps });
  assertEquals(task!.spec.name, "greet");
  assertEquals(task!.call({} as TaskContext), "hello");
  assertEquals(names({ Steps, Again: Steps }), ["greet"]);
});

Deno.test('discoverTasks() replaces functions in "after" by their exported names', () => {
  const first = mark(() => {});
  const second = mark({ after: [first, "first", "elsewhere"] }, () => {});
  const specs = discoverTasks({ first, second }).map(({ spec }) => spec);
  assertEquals(specs[1]!.after, ["first", "elsewhere"]);
});

Deno.test('discoverTasks() rejects a function in "after" that is not an exported task', () => {
  const hidden = mark(function hidden() {});
  const anonymous = mark((() => () => {})());
  for (
    const [fn, text] of [[hidden, "the function hidden"], [
      anonymous,
      "the function `()=>{}`",
    ]] as const
  ) {
    const late = mark({ after: [fn] }, () => {});
    assertEquals(
      assertThrows(() => discoverTasks({ late }), UsageError).message,
      `Cannot order tasks: "late" depends on ${text}, which this module does not export: ` +
        'if another file defines the function, add `export * from "./other.ts"`',
    );
  }
});

Deno.test("discoverTasks() ignores exports with properties that throw", () => {
  class Odd {
    static get bad(): never {
      throw new Error("looked at");
    }
  }
  assertEquals(names({ Odd, proxy: new Proxy(() => {}, {}) }), []);
});

Deno.test("findHooks() finds hooks in both spellings, and rejects values of other types", () => {
  const fn = () => {};
  assertEquals(findHooks({ setup_state: fn, setupWorker: fn, other: 1 }), {
    setupState: fn,
    setupWorker: fn,
  });
  assertEquals(
    assertThrows(() => findHooks({ teardownState: 5 }), UsageError).message,
    'Cannot use the export "teardownState": a hook must be a function',
  );
});

Deno.test("discoverTasks() throws a UsageError when an export cannot be read", () => {
  const trap = () => {
    throw new RangeError("trap");
  };
  for (const traps of [{ get: trap }, { getOwnPropertyDescriptor: trap }, { ownKeys: trap }]) {
    const broken = new Proxy(class {}, traps);
    assertThrows(
      () => discoverTasks({ broken }),
      UsageError,
      'Cannot read the export "broken": an access threw trap',
    );
  }
});
