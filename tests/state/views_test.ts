import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { SharedState, snapshot } from "../../src/state/shared_state.ts";
import { replicas } from "./replicas.ts";

const PLAIN = () => ({
  name: "n",
  list: [1, { two: 2 }, [3]],
  map: new Map<unknown, unknown>([["k", { v: 1 }]]),
  set: new Set([1, 2]),
  none: null,
});

Deno.test("SharedState returns views that behave like plain data", () => {
  const { root, roots: [other] } = replicas();
  root.data = PLAIN();
  const { data } = other!;
  assertEquals(data, PLAIN());
  assertEquals({ ...data, map: 0, set: 0 }, { ...PLAIN(), map: 0, set: 0 });
  assertEquals(JSON.stringify(data.list), '[1,{"two":2},[3]]');
  assertEquals(JSON.parse(JSON.stringify(other)).data.name, "n");
  assertEquals(Object.keys(data), ["name", "list", "map", "set", "none"]);
  assertEquals(Object.entries(data)[0], ["name", "n"]);
  assertEquals(["name" in data, "nope" in data, Object.hasOwn(data, "list")], [true, false, true]);
  const { list: [first, ...rest], ...others } = data;
  assertEquals([first, rest.length, Object.keys(others).length], [1, 2, 4]);
  assertEquals(Array.isArray(data.list), true);
  const keys: string[] = [];
  for (const key in data) keys.push(key);
  assertEquals(keys, Object.keys(data));
  assertEquals([String(data), Object.prototype.hasOwnProperty.call(data, "name")], [
    "[object Object]",
    true,
  ]);
});

Deno.test("SharedState returns views that Deno.inspect() shows as plain data", () => {
  const { root } = replicas();
  root.data = PLAIN();
  assertEquals(Deno.inspect(root.data), Deno.inspect(PLAIN()));
  assert(!Deno.inspect(root).includes("Proxy"));
});

Deno.test("SharedState returns views that other objects can inherit from", () => {
  const { root } = replicas();
  root.base = { a: 1 };
  const heir = Object.create(root.base);
  heir.a = 2;
  assertEquals([heir.a, root.base.a, Object.keys(heir)], [2, 1, ["a"]]);
});

Deno.test("SharedState returns views that structuredClone() rejects, unlike snapshots", () => {
  const { root } = replicas();
  root.data = { a: [1] };
  assertThrows(() => structuredClone(root.data), DOMException);
  assertEquals(structuredClone(snapshot(root.data)), { a: [1] });
});

Deno.test("snapshot() returns an independent plain copy with its identities and cycles", () => {
  const { root, roots: [other] } = replicas();
  root.a = { list: [1], date: new Date(1), bytes: new Uint8Array([1]) };
  root.a.self = root.a;
  const copy = snapshot(other!.a);
  assertStrictEquals(copy.self, copy);
  other!.a.list.push(2);
  copy.date.setTime(5);
  copy.bytes[0] = 9;
  assertEquals([copy.list, root.a.date.getTime(), root.a.bytes[0]], [[1], 1, 1]);
  const mixed = snapshot([root.a, { also: root.a }]);
  assertEquals((mixed[1] as { also: unknown }).also, mixed[0]);
  assertEquals(snapshot(5), 5);
});

Deno.test("SharedState.sanitized() returns the whole state without the lock", () => {
  const { shared, root } = replicas();
  root.a = { b: 1 };
  shared.setResult("load", 5);
  const plain = shared.sanitized();
  assertEquals(plain, { results: { load: 5 }, a: { b: 1 } });
  assertEquals(Reflect.ownKeys(plain), ["results", "a"]);
  assertEquals("_state_lock" in root, true);
  assertEquals(Object.keys(root).includes("_state_lock"), false);
});

Deno.test("SharedState.setup() keeps values that cannot be shared in each thread", async () => {
  const { shared, root, joined: [first, second] } = replicas(2);
  let runs = 0;
  const setup = (state: typeof root) => {
    runs++;
    state.items ??= [];
    state.items.push("once");
    state.client = { id: runs, ask: () => state.env };
    state.env = "dev";
    state.client.id += 100;
  };
  await shared.setup(setup);
  first!.useSetup(setup);
  second!.useSetup(setup);
  assertEquals([root.client.id, root.client.ask(), snapshot(root.items)], [101, "dev", ["once"]]);
  assertEquals([first!.hasThreadLocals, "client" in first!.root, runs], [true, true, 1]);
  assertEquals([Object.keys(first!.root), runs], [["results", "items", "env"], 1]);
  assertEquals([first!.root.client.id, first!.root.client.id, runs], [102, 102, 2]);
  assertEquals(second!.root.client.id, 103);
  assertEquals(snapshot(root.items), ["once"]);
  assertEquals(JSON.stringify(first!.root), '{"results":{},"items":["once"],"env":"dev"}');
  assertThrows(() => first!.root.other = () => 1, TypeError, "state.other: a function");
});

Deno.test("SharedState.setup() allows thread-local keys to be shared or deleted", async () => {
  const { shared, root, joined: [first] } = replicas();
  await shared.setup((state) => {
    state.a = () => 1;
    state.b = () => 2;
  });
  first!.root.a = 5;
  assertEquals([root.a, first!.root.a], [5, 5]);
  delete root.b;
  assertEquals(["b" in root, "b" in first!.root, first!.hasThreadLocals], [false, false, false]);
});

Deno.test("SharedState.prepareThreadLocals() awaits an async setup", async () => {
  const { shared, joined: [first, second] } = replicas(2);
  const setup = async (state: typeof shared.root) => {
    await Promise.resolve();
    state.client = { name: () => "mine" };
  };
  await shared.setup(setup);
  await first!.prepareThreadLocals(setup);
  assertEquals(first!.root.client.name(), "mine");
  second!.useSetup(setup);
  assertThrows(() => second!.root.client, Error, "returned a promise without being async");
});

Deno.test("SharedState.setup() makes thread-local keys known to later threads", async () => {
  const shared = SharedState.create();
  const setup = (state: typeof shared.root) => void (state.make = () => 7);
  await shared.setup(setup);
  const late = SharedState.join(shared.invite("late"));
  late.useSetup(setup);
  assertEquals(late.root.make(), 7);
});
