/** Tests of the cases of a run in a thread that evaluates `each` again. */
import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import {
  casesOfRun,
  CaseValueError,
  describeCases,
  type RunCases,
} from "../../src/lane/run_cases.ts";
import { discoverTasks } from "../../src/task/discover.ts";
import { mark } from "../../src/task/mark.ts";
import type { Cases } from "../../src/task/function_types.ts";

/** The cases of the main thread, as sent to another thread in a message or a file. */
function sentCases(each: Cases): RunCases {
  const described = describeCases(discoverTasks({ t: mark({ each }, () => {}) }));
  return JSON.parse(JSON.stringify(described));
}

function receivedCases(main: Cases, here: Cases) {
  return casesOfRun(sentCases(main))("t", here);
}

Deno.test("casesOfRun() returns the value of this thread when it is the same", () => {
  const shared = { deep: [new Map([["a", 1n]])] };
  const instance = new URL("https://example.com");
  for (const value of [shared, instance, Math.max, Symbol.iterator, undefined]) {
    const [one] = receivedCases({ one: structuredCopy(value) }, { one: value });
    assertStrictEquals(one!.value(), value);
  }
});

/** The value as the same code would create it on another thread. */
function structuredCopy(value: unknown): unknown {
  if (value instanceof URL) return new URL(value);
  return typeof value === "function" || typeof value === "symbol" ? value : structuredClone(value);
}

Deno.test("casesOfRun() returns the value of the main thread when it can be shared", () => {
  const cyclic: Record<string, unknown> = { at: new Date(7) };
  cyclic.self = cyclic;
  const [one] = receivedCases({ one: cyclic }, { one: { at: new Date(8) } });
  const value = one!.value() as typeof cyclic;
  assertEquals([value.at, value.self === value], [new Date(7), true]);
  assertStrictEquals(one!.value(), value, "an attempt is given the object of the one before");
});

Deno.test("casesOfRun() returns the cases of the main thread when this thread has others", () => {
  const cases = receivedCases(["b.csv", "a.csv"], ["0.csv", "a.csv"]);
  assertEquals(cases.map(({ key, value }) => [key, value()]), [
    ...[["b.csv", "b.csv"], ["a.csv", "a.csv"]],
  ]);
  const [none] = receivedCases(["a"], []);
  assertEquals(none!.value(), "a");
});

class Entries extends Map<unknown, unknown> {}

Deno.test("casesOfRun() rejects a value that differs when it cannot be shared", () => {
  class Point {
    constructor(readonly x: number) {}
  }
  const pairs: [unknown, unknown][] = [
    [new Point(1), new Point(2)],
    [() => 1, () => 2],
    [{ in: [new Point(1)] }, { in: [new Point(2)] }],
    [new URL("https://a.example"), new URL("https://b.example")],
    [{ [Symbol.for("a")]: 1 }, { [Symbol.for("b")]: 1 }],
    [new Point(1), { x: 1 }],
    [new Entries([["a", { n: 1 }]]), new Entries([["a", { n: 2 }]])],
    [{ [Symbol.for("a")]: { n: 1 } }, { [Symbol.for("a")]: { n: 2 } }],
    [new Point(1), undefined],
  ];
  for (const [main, here] of pairs) {
    const [one] = receivedCases({ one: main }, { one: here });
    assertThrows(() => one!.value(), CaseValueError, 'Cannot run "t.one"', Deno.inspect(main));
  }
});

Deno.test("casesOfRun() rejects a value that cannot be inspected", () => {
  const hidden = (x: number) => ({
    get bad(): never {
      throw new Error(`${x}`);
    },
    x,
  });
  const [one] = receivedCases({ one: hidden(1) }, { one: hidden(2) });
  assertThrows(() => one!.value(), CaseValueError);
});

Deno.test("casesOfRun() preserves the identity of objects that several cases share", () => {
  const cases = (n: number) => {
    const shared = { n, list: [1, 2] };
    return { a: { shared, i: 0 }, b: { shared, i: 1 } };
  };
  const [a, b] = receivedCases(cases(1), cases(2)).map(({ value }) =>
    value() as { shared: object }
  );
  assertEquals(b, { shared: { n: 1, list: [1, 2] }, i: 1 } as object);
  assertStrictEquals(a!.shared, b!.shared);
});

Deno.test("casesOfRun() compares each case once when it contains all previous cases", () => {
  const cases = (last: number) => {
    const list = Array.from({ length: 200 }, (_, i) => ({ n: i === 199 ? last : i }));
    return list.map((it, i) => ({ it, before: list.slice(0, i) }));
  };
  const [mine, other] = [cases(199), cases(0)];
  assertEquals(
    receivedCases(cases(199), mine).map(({ value }) => value() === mine[198]).indexOf(true),
    198,
  );
  assertEquals(receivedCases(cases(199), other).map(({ value }) => value()), mine);
});

Deno.test("casesOfRun() decodes a chain of cases that is deeper than the stack", () => {
  const chain = (first: number) => {
    const list: { n: number; last: unknown }[] = [{ n: first, last: undefined }];
    for (let n = 1; n < 20_000; n++) list.push({ n, last: list.at(-1) });
    return list;
  };
  const value = receivedCases(chain(1), chain(2)).at(-1)!.value() as {
    n: number;
    last: { n: number };
  };
  assertEquals([value.n, value.last.n], [19_999, 19_998]);
});

Deno.test("describeCases() encodes an object once when several cases share it", () => {
  const fixture = Array.from({ length: 1_000 }, (_, i) => ({ i }));
  const text = "x".repeat(100_000);
  const size = (count: number) =>
    JSON.stringify(sentCases(Array.from({ length: count }, (_, i) => ({ fixture, text, i }))))
      .length;
  assert(size(100) < 2 * size(1), `${size(100)} against ${size(1)}`);
});

Deno.test("casesOfRun() rejects a value when an object shared with another case differs", () => {
  class Client {
    constructor(readonly url: string) {}
  }
  const cases = (url: string) => {
    const client = new Client(url);
    return { a: { client, n: 1 }, b: { client, n: 2 } };
  };
  const [, b] = receivedCases(cases("a"), cases("b"));
  assertThrows(() => b!.value(), CaseValueError);
  const mine = cases("a");
  assertStrictEquals(receivedCases(cases("a"), mine)[1]!.value(), mine.b);
});

Deno.test("casesOfRun() accepts a value that has changed since the module was loaded", () => {
  const counter = () => ({ calls: 0, add: () => 1 });
  const mine = { a: counter(), b: counter() };
  const [a, b] = receivedCases({ a: counter(), b: counter() }, mine);
  mine.a.calls = mine.b.calls = 5; // by setupWorker, or another task
  assertStrictEquals(a!.value(), mine.a);
  assertStrictEquals(b!.value(), mine.b);
});

Deno.test("casesOfRun() accepts a promise whether it is settled or not", async () => {
  const settled = Promise.resolve(1);
  await settled;
  const { promise } = Promise.withResolvers<number>();
  const [one] = receivedCases({ one: settled }, { one: promise });
  assertStrictEquals(one!.value(), promise);
});

Deno.test("casesOfRun() rejects functions when this thread has other cases", () => {
  const read = (name: string) => () => name;
  const [a] = receivedCases(["a", "b"].map(read), ["b"].map(read));
  assertThrows(() => a!.value(), CaseValueError);
});

Deno.test("describeCases() returns equal texts only for equal values", () => {
  fc.assert(
    fc.property(fc.anything(), fc.anything(), (main, here) => {
      const [[, cases] = ["", []]] = sentCases({ one: main });
      const [[, others] = ["", []]] = sentCases({ one: here });
      if (cases[0]!.text !== others[0]!.text) return;
      assertEquals(main, here);
    }),
    { numRuns: 2_000 },
  );
});

Deno.test("casesOfRun() restores any value that can be shared", () => {
  const anything = fc.anything({ withBigInt: true, withDate: true, withMap: true, withSet: true });
  fc.assert(
    fc.property(anything, (value) => {
      const [[, cases] = ["", []]] = sentCases({ one: value });
      assert(cases[0]!.isShareable);
      assertEquals(receivedCases({ one: value }, {})[0]!.value(), value);
    }),
    { numRuns: 2_000 },
  );
});
