/** Tests of mark() and dmark(). */
import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import type { TaskContext } from "../../src/task/context.ts";
import { dmark, mark, markOf } from "../../src/task/mark.ts";

/** The options of a mark, without its number. */
function optionsOf(fn: unknown) {
  const { after, tags, withState } = markOf(fn)!;
  const declared = typeof after === "function" ? after(undefined) : after;
  return { after: declared.items, tags, withState };
}

/** Calls as a program without types may make them. */
const untyped = (fn: unknown) => fn as (...args: unknown[]) => unknown;

Deno.test("mark() takes the state and has no dependencies when there are no options", () => {
  const fn = () => 1;
  assertStrictEquals(mark(fn), fn);
  assertEquals(optionsOf(fn), { after: [], tags: [], withState: true });
});

Deno.test("mark() accepts options and a function in one call or in two calls", () => {
  const first = mark(() => {});
  const options = { after: ["x", first], tags: ["a", "b"] };
  const expected = { after: ["x", first], tags: ["a", "b"], withState: true };
  assertEquals(optionsOf(mark(options, () => {})), expected);
  assertEquals(optionsOf(mark(options)(() => {})), expected);
  assertEquals(optionsOf(mark()(() => {})), { after: [], tags: [], withState: true });
});

Deno.test("mark() and dmark() record that a function takes no state", () => {
  const fn = (task: TaskContext) => task.name;
  assertEquals(optionsOf(mark({ withState: false }, fn)).withState, false);
  assertEquals(optionsOf(dmark((task) => task.name)).withState, false);
  assertEquals(optionsOf(dmark({ tags: "x" }, (task) => task.name)), {
    after: [],
    tags: ["x"],
    withState: false,
  });
  assertEquals(optionsOf(dmark()((task: TaskContext) => task.name)).withState, false);
});

Deno.test("mark() decorates static methods, with and without options", () => {
  class Steps {
    @mark
    static plain() {}
    @mark({ after: ["plain"] })
    static late() {}
    @dmark
    static stateless() {}
  }
  assertEquals(optionsOf(Steps.plain), { after: [], tags: [], withState: true });
  assertEquals(optionsOf(Steps.late).after, ["plain"]);
  assertEquals(optionsOf(Steps.stateless).withState, false);
});

Deno.test("mark() rejects instance methods, accessors and private methods", () => {
  const text = (name: string) =>
    `Cannot mark ${name}: @mark works on static methods of an exported class`;
  const refused: [name: string, define: () => unknown][] = [
    ["Symbol(s)", () =>
      class {
        @mark()
        static [Symbol.for("s")]() {}
      }],
    ["method", () =>
      class {
        // @ts-expect-error -- the types reject it, too
        @mark()
        method() {}
      }],
    ["bare", () =>
      class {
        // @ts-expect-error -- as above
        @mark
        bare() {}
      }],
    ["stateless", () =>
      class {
        // @ts-expect-error -- as above
        @dmark
        stateless() {}
      }],
    ["value", () =>
      class {
        // @ts-expect-error -- the types reject it, too
        @mark()
        static get value() {
          return 1;
        }
      }],
    ["#hidden", () =>
      class {
        // @ts-expect-error -- the types reject it, too
        @mark()
        static #hidden() {}
        static use() {
          return this.#hidden;
        }
      }],
  ];
  for (const [name, define] of refused) {
    assertEquals(assertThrows(define, TypeError).message, text(name));
  }
});

Deno.test("mark() rejects legacy decorators", () => {
  // As TypeScript calls them then: with the class, a name and a descriptor.
  class Steps {}
  const text = 'Cannot mark load: @mark does not support "experimentalDecorators" in ' +
    "compilerOptions; remove it";
  const plain = () => untyped(mark)(Steps, "load", {});
  const withOptions = () => untyped(mark({ after: ["a"] }))(Steps, "load", {});
  for (const decorate of [plain, withOptions]) {
    assertEquals(assertThrows(decorate, TypeError).message, text);
  }
  assertEquals(markOf(Steps), undefined);
});

Deno.test("mark() removes duplicate tags, and splits a string of tags", () => {
  const fn = mark({ tags: " x, y ,,x" }, () => {});
  assertEquals(optionsOf(fn).tags, ["x", "y"]);
  assertEquals(optionsOf(mark({ tags: [" x ", "x", ""] }, () => {})).tags, ["x"]);
});

Deno.test("mark() rejects invalid arguments and options", () => {
  const refused: [args: unknown[], message: string][] = [
    [["a"], "Cannot mark a string: expected options and a function"],
    [[1], "Cannot mark a number: expected options and a function"],
    [[{}, "a"], "Cannot mark a string: expected a function as the second argument"],
    [
      [{ after: "a" }, () => {}],
      'Cannot mark a task after "a": expected an array, or an object of tasks by key',
    ],
    [
      [{ after: new Map() }, () => {}],
      "Cannot mark a task after Map(0) {}: expected an array, or an object of tasks by key",
    ],
    [
      [{ after: [1] }, () => {}],
      "Cannot mark a task after 1: expected names or functions of tasks",
    ],
    [
      [{ after: () => [] }, () => {}],
      "Cannot mark a task after a function: only a task with `each` has cases",
    ],
    [[{ tags: [1] }, () => {}], "Cannot tag a task [ 1 ]: expected an array of strings"],
    [
      [{ afer: ["a"] }, () => {}],
      'Cannot mark a task with "afer": no such option; did you mean "after"?',
    ],
    [
      [{ needs: ["a"] }, () => {}],
      'Cannot mark a task with "needs": no such option; expected one of after, use, tags, ' +
      "withState, each, cache, timeout, retries, mutex, tokens, weight, priority, when, permissions",
    ],
    [[{ tags: 5 }, () => {}], "Cannot tag a task 5: expected an array of strings"],
    [
      [["a"], () => {}],
      'Cannot mark a task with [ "a" ]: expected an object, such as { after: … }',
    ],
    [
      [() => {}, { after: ["a"] }],
      "Cannot mark a task with options after the function: use mark(options, fn)",
    ],
  ];
  for (const [args, message] of refused) {
    assertEquals(assertThrows(() => untyped(mark)(...args), TypeError).message, message);
  }
  const curried = untyped(untyped(mark)({}) as unknown);
  assertThrows(() => curried("a"), TypeError, "only a function can be a task");
});

Deno.test("mark() copies its options, so that later changes have no effect", () => {
  const options = { after: ["a"], tags: ["x"] };
  const fn = mark(options, () => {});
  options.after.push("b");
  options.tags.push("y");
  assertEquals(optionsOf(fn), { after: ["a"], tags: ["x"], withState: true });
});

Deno.test("mark() recognizes the marks of another copy of the library", async () => {
  // Two modules with their own state, as two versions of the library in one run are.
  const url = new URL("../../src/task/mark.ts", import.meta.url).href;
  const other: typeof import("../../src/task/mark.ts") = await import(`${url}?copy=2`);
  assertEquals(other.mark === mark, false);
  const [first, second, third] = [
    mark(() => {}),
    other.mark({ tags: "x" }, () => {}),
    mark(() => {}),
  ];
  assertEquals(optionsOf(second).tags, ["x"]);
  assertEquals(other.markOf(first)?.withState, true);
  const orders = [first, second, third].map((fn) => markOf(fn)!.order);
  assertEquals(orders, orders.toSorted((a, b) => a - b));
  assertEquals(new Set(orders).size, 3);
});

Deno.test("realm() returns the same object in all copies of the library", async () => {
  const url = new URL("../../src/task/realm.ts", import.meta.url).href;
  const [one, two]: (typeof import("../../src/task/realm.ts"))[] = await Promise.all([
    import(url),
    import(`${url}?copy=2`),
  ]);
  assertEquals(one!.realm === two!.realm, false);
  assertStrictEquals(one!.realm(), two!.realm());
});

Deno.test("mark() rejects a function that is already a task", () => {
  const work = () => 1;
  mark(work);
  assertThrows(
    () => mark({ retries: 1 }, work),
    TypeError,
    "Cannot mark work again: a function is one task; for another, wrap it: mark((...args) => work(",
  );
});
