/** Rows of the tables in docs/state.md: values. See table_test.ts. */
import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { SharedState, snapshot } from "../../src/state/shared_state.ts";
import { StateCloneError, StateFullError } from "../../src/state/shared_state.ts";
import { digest, forceSnapshots, replicas } from "./replicas.ts";

/** Asserts that another thread reads the same value, from the log and from a snapshot. */
function assertShared(value: unknown): void {
  const { shared, root, roots: [other] } = replicas(1, 64 * 1024);
  root.value = value;
  for (let round = 0; round < 2; round++) {
    const seen = snapshot(other!.value);
    assertEquals(seen, value);
    if (typeof value !== "object" || value === null) assert(Object.is(seen, value));
    forceSnapshots(shared, 2);
  }
}

/** Asserts that a write is rejected with a path, and that nothing is written. */
function assertRejected(path: string, write: (root: SharedState["root"]) => unknown): void {
  const { root, roots: [other] } = replicas();
  root.a = [1];
  const error = assertThrows(() => write(root), TypeError);
  assert(error.message.startsWith(path), error.message);
  for (const each of [root, other!]) assertEquals(digest(each), "{results:{},a:[1]}");
}

export const VALUES: Record<string, () => unknown> = {
  "undefined, null, true, -0, NaN, bigint, lone surrogates": () => {
    for (const value of [undefined, null, true, -0, NaN, -(2n ** 90n), "a\ud800", "日本", ""]) {
      assertShared(value);
    }
  },

  "strings of a megabyte": () => {
    for (const value of ["x".repeat(1 << 20), "日é".repeat(1 << 19), "\udfff".repeat(1 << 20)]) {
      assertShared(value);
    }
  },

  "Date, RegExp, Error (kind, stack, cause, own properties), ArrayBuffer, typed arrays": () => {
    assertShared(new Date(1234));
    assertShared(/a+/giu);
    assertShared(new Uint8Array([1, 2]).buffer);
    assertShared(new Float64Array([-0, 1.5]));
    assertShared(new BigUint64Array([1n]));
    const { root, roots: [other] } = replicas();
    const error = Object.assign(new RangeError("far", { cause: new Error("deep") }), { code: 7 });
    root.error = new AggregateError([error], "all");
    const [copy] = other!.error.errors;
    assert(other!.error instanceof AggregateError && copy instanceof RangeError);
    assertEquals(
      [copy.message, copy.stack, (copy.cause as Error).message, (copy as { code?: number }).code],
      ["far", error.stack, "deep", 7],
    );
  },

  "changing a Date or bytes in place": () => {
    const { root, roots: [other] } = replicas();
    root.v = { date: new Date(1), bytes: new Uint8Array([1]), buffer: new ArrayBuffer(4) };
    const { date, bytes, buffer } = other!.v;
    const changes = [
      () => date.setTime(5),
      () => bytes[0] = 5,
      () => bytes.set([5]),
      () => bytes.sort(),
      () => new DataView(buffer).setInt8(0, 1),
      () => new Uint8Array(buffer).fill(1),
      () => root.re.compile("y"),
    ];
    root.re = /x/;
    for (const change of changes) assertThrows(change, TypeError);
    assertThrows(() => bytes[0] = 5, StateCloneError, "assign a new one instead");
    assertThrows(() => date.setTime(5), StateCloneError, "assign a new one instead");
    assertEquals([root.v.date.getTime(), root.v.bytes[0]], [1, 1]);
    new Uint8Array(bytes.buffer)[0] = 5; // a copy's
    structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
    assertEquals([root.v.bytes[0], bytes[0], String(other!.re)], [1, 1, "/x/"]);
    other!.v.bytes = bytes.map((n: number) => n + 1);
    assertEquals(root.v.bytes[0], 2);
  },

  "arrays with holes, or with a huge length": () => {
    assertShared([1, , undefined, , ,]);
    const { root, roots: [other] } = replicas();
    root.list = [1];
    root.list.length = 4_000_000_000;
    assertEquals([other!.list.length, other!.list[0], 1 in other!.list], [4e9, 1, false]);
    // Of a match, for example, only the indexes.
    root.match = "ab".match(/b/);
    assertEquals([[...other!.match], Object.keys(other!.match)], [["b"], ["0"]]);
  },

  "a function, a symbol, an instance of a class, a Promise": () => {
    class Client {
      name = "c";
    }
    assertRejected("state.f: a function (f) cannot be shared", (root) => root.f = function f() {});
    assertRejected("state.x.s: Symbol(s) cannot be shared", (root) => root.x = { s: Symbol("s") });
    assertRejected(
      "state.c.client: an instance of Client",
      (root) => root.c = { client: new Client() },
    );
    assertRejected(
      "state.a.push(…)[0]: an instance of Client",
      (root) => root.a.push([new Client()]),
    );
    const gone = new Uint8Array(1);
    structuredClone(gone, { transfer: [gone.buffer] });
    assertRejected(
      "state.b[0]: the bytes of the value were transferred",
      (root) => root.b = [gone],
    );
    assertRejected(
      "state.b: the bytes of the value were transferred",
      (root) => root.b = gone.buffer,
    );
    assertRejected("state.p: a Promise", (root) => root.p = Promise.resolve(1));
    assertThrows(() => SharedState.create().root.f = () => 1, StateCloneError);
  },

  "symbols as keys": () => {
    const key = Symbol("k");
    assertRejected("state.x: the key Symbol(k) is a symbol", (root) => root.x = { [key]: 1 });
    assertRejected("Symbol(k): symbols as keys", (root) => root.a[key] = 1);
  },

  "getters": () => {
    const { root, roots: [other] } = replicas();
    let reads = 0;
    root.value = {
      get a() {
        return ++reads;
      },
    };
    assertEquals([other!.value.a, root.value.a, root.value.a, reads], [1, 1, 1, 1]);
  },

  "frozen objects": () => {
    const { root, roots: [other] } = replicas();
    root.value = Object.freeze({ list: Object.freeze([1]) });
    other!.value.list.push(2);
    other!.value.b = 1;
    assertEquals(snapshot(root.value), { list: [1, 2], b: 1 });
    assertEquals([Object.isFrozen(root.value), Object.isFrozen(snapshot(root.value))], [
      false,
      false,
    ]);
  },

  "objects without a prototype; `__proto__` as a key": () => {
    assertShared(Object.assign(Object.create(null), { a: 1 }));
    const { shared, root, roots: [other] } = replicas();
    root.value = JSON.parse('{"__proto__": {"polluted": 1}}');
    root.value["constructor"] = 5;
    forceSnapshots(shared);
    assertEquals(Object.keys(other!.value), ["__proto__", "constructor"]);
    assertStrictEquals(Object.getPrototypeOf(other!.value), Object.prototype);
    assertEquals(other!.value.polluted, undefined);
  },

  "more than the limit (1 GiB)": () => {
    const { root, roots: [other] } = replicas(1, 32 * 1024, 128 * 1024);
    root.list = [1];
    assertThrows(() => root.big = "x".repeat(200_000), StateFullError, "full");
    assertThrows(() => root.list.push("x".repeat(200_000)), StateFullError);
    root.list.push(2);
    assertEquals(snapshot(other!), { results: {}, list: [1, 2] } as unknown);
  },
};
