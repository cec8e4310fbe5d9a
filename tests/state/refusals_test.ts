import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { SharedState, snapshot, StateCloneError } from "../../src/state/shared_state.ts";
import { digest, replicas } from "./replicas.ts";

class Client {
  socket = 1;
}

// deno-lint-ignore no-explicit-any -- the tests read what they wrote
type Write = (root: any) => unknown;

const REFUSED: [path: string, write: Write][] = [
  ["state.f: a function (f) cannot", (root) => root.f = function f() {}],
  ["state.s: Symbol(x) cannot", (root) => root.s = Symbol("x")],
  ["state.client: an instance of Client", (root) => root.client = new Client()],
  ["state.a.client.socket: a function", (root) => root.a.client = { socket: () => 1 }],
  [
    "state.a.list[2].deep: an instance of Client",
    (root) => root.a.list[2] = { deep: new Client() },
  ],
  ["state.a.list.push(…)[0]: a function", (root) => root.a.list.push([() => 1])],
  ['state.x["a key"][1]: a function', (root) => root.x = { "a key": [1, () => 1] }],
  ['state.x.get("k").y: a function', (root) => root.x = new Map([["k", { y: () => 1 }]])],
  ["state.x.<member>: a function", (root) => root.x = new Set([() => 1])],
  ["state.x.cause.f: a function", (root) => root.x = new Error("e", { cause: { f: () => 1 } })],
  ["state.x: a Promise", (root) => root.x = Promise.resolve(1)],
  ["state.x: an instance of WeakMap", (root) => root.x = new WeakMap()],
  [
    "state.x: a SharedArrayBuffer cannot be in the state, which copies bytes: assign a typed array",
    (root) => root.x = new SharedArrayBuffer(1),
  ],
  ["state.x: an instance of List", (root) => root.x = new (class List extends Array {})()],
  ["state.x: the key Symbol(k) is a symbol", (root) => root.x = { [Symbol("k")]: 1 }],
];

for (const [path, write] of REFUSED) {
  Deno.test(`SharedState writes nothing when it rejects a value: ${path} …`, () => {
    const { root, roots: [other] } = replicas();
    root.a = { list: [1, 2] };
    const before = digest(root);
    const error = assertThrows(() => write(root), StateCloneError);
    assert(error.message.startsWith(path), error.message);
    assert(error instanceof TypeError);
    assertEquals(digest(root), before);
    assertEquals(digest(other!), before);
    root.fine = 1;
    assertEquals(other!.fine, 1);
  });
}

Deno.test("SharedState.setResult() throws a StateCloneError with the path in the result", () => {
  const shared = SharedState.create();
  const client = { socket() {} };
  const error = assertThrows(() => shared.setResult("load", { client }), StateCloneError);
  assert(error.message.startsWith("result.client.socket: a function"), error.message);
  assertEquals(shared.root.results.load, undefined);
});

Deno.test("SharedState writes nothing when a getter of the value throws", () => {
  const { root } = replicas();
  const bad = {
    a: 1,
    get b() {
      throw new RangeError("mine");
    },
  };
  assertThrows(() => root.value = bad, RangeError, "mine");
  assertEquals(Object.keys(root), ["results"]);
  root.value = 1;
});

Deno.test("SharedState rejects writes to reserved keys of the root", () => {
  const { root } = replicas();
  assertThrows(
    () => root._mine = 1,
    TypeError,
    'Cannot write state._mine: keys that start with "_" are reserved',
  );
  assertThrows(() => delete (root as Record<string, unknown>)._state_lock, TypeError, "reserved");
  assertThrows(() => Object.assign(root, { _state_lock: 1 }), TypeError, "reserved");
  assertThrows(() => Object.assign(root, { results: 1 }), TypeError, "only the scheduler writes");
  assertThrows(() => delete (root as Record<string, unknown>).results, TypeError, "scheduler");
  assertThrows(() => Object.defineProperty(root, "_x", { value: 1 }), TypeError, "reserved");
  root.nested = { _fine: 1 };
  assertEquals(root.nested._fine, 1);
});

Deno.test("SharedState allows every thread to read results, and only the library to write", () => {
  const { shared, root, roots: [other] } = replicas();
  shared.setResult("load", { rows: [1] });
  shared.setResult("other", undefined);
  assertEquals(snapshot(other!.results), { load: { rows: [1] }, other: undefined });
  assertStrictEquals(other!.results.load, other!.results.load);
  // @ts-expect-error: the results are read-only
  assertThrows(() => root.results.x = 1, TypeError, "only the scheduler writes results");
  // @ts-expect-error: as above
  assertThrows(() => delete other!.results.load, TypeError, "only the scheduler writes results");
  shared.clearResults();
  assertEquals(Object.keys(other!.results), []);
});

Deno.test("SharedState rejects accessors, frozen objects, prototypes and symbol keys", () => {
  const { root } = replicas();
  root.a = { b: 1 };
  assertThrows(() => Object.defineProperty(root.a, "x", { get: () => 1 }), TypeError, "accessors");
  assertThrows(() => Object.defineProperty(root.a, "x", { value: 1, writable: false }), TypeError);
  assertThrows(() => Object.freeze(root.a), TypeError, "Cannot freeze");
  assertThrows(() => Object.setPrototypeOf(root.a, null), TypeError, "prototype");
  assertThrows(() => root.a[Symbol("x")] = 1, TypeError, "symbols");
  Object.defineProperty(root.a, "y", {
    value: 2,
    writable: true,
    enumerable: true,
    configurable: true,
  });
  // It is about attributes alone, and they are what they are.
  Object.defineProperty(root.a, "y", { enumerable: true });
  Object.defineProperty(root.a, "z", {});
  assertEquals(snapshot(root.a), { b: 1, y: 2, z: undefined });
});

Deno.test("SharedState allows dates and bytes to be read, but not to be changed in place", () => {
  const { root, roots: [other] } = replicas();
  root.v = {
    date: new Date(1234),
    bytes: new Uint8Array([3, 1, 2]),
    floats: new Float64Array([1.5]),
    view: new DataView(new ArrayBuffer(8)),
    buffer: new Uint8Array([7, 8]).buffer,
  };
  const { date, bytes, floats, view, buffer } = other!.v;
  assert(date instanceof Date && bytes instanceof Uint8Array && buffer instanceof ArrayBuffer);
  assertEquals([date.getTime(), +date, new Date(date).getTime()], [1234, 1234, 1234]);
  assertEquals([bytes[0], bytes.length, bytes.byteLength, bytes.at(-1)], [3, 3, 3, 2]);
  assertEquals([...bytes], [3, 1, 2]);
  assertEquals(new Uint8Array(bytes), new Uint8Array([3, 1, 2]));
  assertEquals(new Float64Array(floats), new Float64Array([1.5]));
  assertEquals([...bytes.map((x: number) => x * 2)], [6, 2, 4]);
  assertEquals([view.getInt8(0), buffer.byteLength, new Uint8Array(buffer.slice(0))[1]], [0, 2, 8]);
  assert(Deno.inspect(bytes).includes("3, 1, 2") && Deno.inspect(date).includes("1970"));
  const changes = [
    () => date.setTime(5),
    () => date.setFullYear(2000),
    () => Object.assign(date, { extra: 1 }),
    () => bytes[0] = 9,
    () => bytes.set([1]),
    () => bytes.sort(),
    () => view.setInt8(0, 1),
    () => buffer.resize(1),
    () => delete bytes[0],
  ];
  assertThrows(() => bytes[2] = 9, TypeError, "[2] = …: a Uint8Array in the shared state cannot");
  for (const change of changes) assertThrows(change, TypeError);
  assertThrows(() => new Uint8Array(buffer), TypeError, "take a copy first");
  bytes.subarray(0, 1)[0] = 99;
  bytes.forEach((_: number, __: number, all: Uint8Array) => all[0] = 99);
  assertEquals([bytes[0], root.v.bytes[0]], [3, 3]);
});
