import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { snapshot, StateCloneError, StateLockError } from "../../src/state/shared_state.ts";
import { replicas } from "./replicas.ts";

/** Whether the lock is free. */
function isFree(state: ReturnType<typeof replicas>["root"]): boolean {
  try {
    using _lock = state._state_lock.acquire();
    return true;
  } catch {
    return false;
  }
}

Deno.test("State.update() writes and returns the value that fn returns", () => {
  const { root, roots: [other] } = replicas();
  assertEquals(root.update("n", (n) => (n ?? 0) + 1), 1);
  assertEquals(other!.update("n", (n) => n + 1), 2);
  assertEquals([root.n, other!.n], [2, 2]);
  root.zero = 0;
  assert([root.update("zero", (zero) => -zero), other!.zero].every((n) => Object.is(n, -0)));
  const list = root.update("list", () => [1]);
  assertStrictEquals(list, root.list);
  assertEquals(snapshot(other!.update("list", (list) => [...list, { deep: list }])), [1, {
    deep: [1],
  }]);
  assert(isFree(root));
});

Deno.test("State.update() keeps the object when fn changes it in place", () => {
  const { root, roots: [other] } = replicas();
  root.list = [{ n: 1 }];
  const { list } = other!;
  assertStrictEquals(root.update("list", (list) => void list.push({ n: 2 })), root.list);
  root.update("list", (list) => {
    list[0].n = 5;
    return list;
  });
  assertStrictEquals(other!.list, list);
  assertEquals(snapshot(list), [{ n: 5 }, { n: 2 }]);
  assertEquals(root.update("list", () => undefined as unknown), list && root.list);
});

Deno.test("State.update() changes nothing and frees the lock when fn throws", () => {
  const { root, roots: [other] } = replicas();
  root.n = 1;
  const fail = () => {
    throw new RangeError("mine");
  };
  assertThrows(() => root.update("n", fail), RangeError, "mine");
  assertThrows(() => root.update("n", () => () => 1), StateCloneError, "state.n: a function");
  assertThrows(() => root.update("n", () => Promise.resolve(2)), TypeError, "returned a promise");
  assertThrows(() => root.update("n", () => Promise.reject(new Error("x"))), TypeError, "promise");
  assertThrows(() => root.update("_n", () => 1), TypeError, "reserved");
  assertThrows(() => root.update("results", () => ({})), TypeError, "only the scheduler writes");
  assertThrows(() => root.update("_state_lock", () => ({})), TypeError, "reserved");
  assertEquals([other!.n, isFree(other!)], [1, true]);
});

Deno.test("State.update() rejects the arguments of the Python original", () => {
  const { root } = replicas();
  const untyped = root.update as (...args: unknown[]) => unknown;
  for (const args of [[{ a: 1 }], ["a", 1], ["a"], []]) {
    assertThrows(
      () => untyped(...args),
      TypeError,
      'Cannot update the state: expected a key and a function, as in state.update("n", (n) => n + 1); ' +
        "Object.assign(state, { … }) sets several keys",
    );
  }
  assert(isFree(root));
});

Deno.test("State.update() calls fn again when the key is assigned without the lock", () => {
  const { root, roots: [other] } = replicas();
  root.n = 1;
  const seen: number[] = [];
  assertEquals(
    root.update("n", (n) => {
      seen.push(n);
      if (seen.length < 3) other!.n = n * 10;
      return n + 1;
    }),
    101,
  );
  assertEquals([seen, other!.n], [[1, 10, 100], 101]);
  const never = (n: number) => {
    other!.n = n + 1;
    return 0;
  };
  assertThrows(
    () => root.update("n", never),
    StateLockError,
    "Cannot update state.n: the key was assigned",
  );
});

Deno.test("State.update() allows fn to use the lock and to write other keys", () => {
  const { root, roots: [other] } = replicas();
  root.n = 1;
  root.update("n", (n) => {
    using _lock = root._state_lock.acquire();
    root.update("m", (m = 0) => m + 1);
    root.log = [n];
    assert(!isFree(other!));
    return n + 1;
  });
  assertEquals([other!.n, other!.m, [...other!.log], isFree(other!)], [2, 1, [1], true]);
});

Deno.test("State.update() throws on the main thread instead of blocking", async () => {
  const { root, roots: [other] } = replicas();
  const awake = setInterval(() => {}, 1000);
  root.n = 1;
  const guard = other!._state_lock.acquire();
  const error = assertThrows(() => root.update("n", (n) => n + 1), StateLockError);
  assert(error.message.includes("run(fn)"), error.message);
  const later = root._state_lock.run(() => root.update("n", (n) => n + 1));
  guard[Symbol.dispose]();
  assertEquals([await later, other!.n], [2, 2]);
  clearInterval(awake);
});

Deno.test('State.update() yields to a key "update" of the user, and is not enumerable', () => {
  const { root, roots: [other] } = replicas();
  assertEquals([typeof other!.update, "update" in root, Object.keys(root)], ["function", false, [
    "results",
  ]]);
  assertEquals(JSON.stringify(root), '{"results":{}}');
  Object.assign(root, { update: "mine" });
  assertEquals([other!.update as unknown, snapshot(other!).update as unknown], ["mine", "mine"]);
  delete (other as Record<string, unknown>).update;
  assertEquals(typeof root.update, "function");
});

Deno.test("State.update() writes nothing when setupState runs again in a thread", async () => {
  const { shared, root, joined: [first] } = replicas();
  const setup = (state: typeof root) => {
    state.update("n", (n = 0) => n + 1);
    state.list = [];
    state.update("list", (list) => void list.push(1));
    state.client = () => state.n;
  };
  await shared.setup(setup);
  first!.useSetup(setup);
  assertEquals([root.client(), first!.root.client()], [1, 2]);
  assertEquals(snapshot(root), { results: {}, n: 1, list: [1] } as unknown);
});
