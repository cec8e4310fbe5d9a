/** Tests of thread-local keys, and of setupState when it runs again in a thread. */
import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import type { State } from "../../src/task/context.ts";
import { replicas } from "./replicas.ts";

class Client {
  ping(): string {
    return "pong";
  }
}

/** The error of a read. */
function errorOf(read: () => unknown): Error {
  return assertThrows(read, Error);
}

Deno.test("ThreadLocalKeys.get() throws the error of setupState to each reader", async () => {
  const { shared, root, joined: [first], roots: [other] } = replicas();
  const thrown = new RangeError("second call");
  let calls = 0;
  const setup = (state: State) => {
    calls++;
    state.before = new Client();
    if (state.isReady) throw thrown;
    state.isReady = true;
    state.client = new Client();
  };
  await shared.setup(setup);
  first!.useSetup(setup);
  for (const key of ["client", "client", "before"]) {
    const error = errorOf(() => other![key]);
    assertEquals(
      error.message,
      `Cannot read state.${key}: setupState was run again on this thread, since state.${key} ` +
        "cannot be shared, and threw RangeError: second call; make setupState succeed in each thread",
    );
    assertStrictEquals(error.cause, thrown);
  }
  assertEquals([calls, root.client.ping()], [2, "pong"]);
});

Deno.test("ThreadLocalKeys.get() throws when setupState does not set the key again", async () => {
  const { shared, joined: [first], roots: [other] } = replicas();
  const setup = (state: State) => {
    if (state.isReady) return;
    state.isReady = true;
    state.client = new Client();
  };
  await shared.setup(setup);
  first!.useSetup(setup);
  for (let reader = 0; reader < 2; reader++) {
    assertEquals(
      errorOf(() => other!.client).message,
      "Cannot read state.client: setupState was run again on this thread, since state.client " +
        "cannot be shared, and did not set it; make setupState set the same keys in each thread",
    );
  }
  assertEquals("client" in other!, true);
  other!.client = 5;
  assertEquals(other!.client, 5);
});

Deno.test("ThreadLocalKeys.get() returns undefined when setupState sets that value", async () => {
  const { shared, joined: [first], roots: [other] } = replicas();
  let calls = 0;
  const setup = (state: State) => void (state.client = calls++ === 0 ? new Client() : undefined);
  await shared.setup(setup);
  first!.useSetup(setup);
  assertEquals([other!.client, other!.client, calls], [undefined, undefined, 2]);
});

Deno.test("ThreadLocalKeys.get() throws when a sync setupState returns a promise", async () => {
  const { shared, joined: [first], roots: [other] } = replicas();
  const setup = (state: State) => {
    state.client = new Client();
    return Promise.resolve();
  };
  await shared.setup(setup);
  first!.useSetup(setup);
  for (let reader = 0; reader < 2; reader++) {
    assertEquals(
      errorOf(() => other!.client).message,
      "Cannot read state.client: setupState was run again on this thread, since state.client " +
        "cannot be shared, and returned a promise without being async; declare setupState async",
    );
  }
});

Deno.test("ThreadLocalKeys.prepare() rejects with the key when setupState rejects", async () => {
  const { shared, joined: [first] } = replicas();
  const setup = async (state: State) => {
    await Promise.resolve();
    if (state.isReady) throw new RangeError("second call");
    state.isReady = true;
    state.client = new Client();
  };
  await shared.setup(setup);
  const error = await first!.prepareThreadLocals(setup).catch((error) => error);
  assertEquals(
    error.message,
    "run again on this thread, since state.client cannot be shared: RangeError: second call",
  );
});

Deno.test("SharedState.setup() returns a note for each thread-local key", async () => {
  const { shared } = replicas();
  const notes = await shared.setup((state) => {
    state.nested = { list: [1], client: new Client() };
    state.ask = () => 1;
    state.ask = () => 2;
    state.later = () => 3;
    state.later = "shared";
    state.plain = [];
  });
  assertEquals(notes, [
    "state.nested.client: an instance of Client cannot be shared between threads (it would lose " +
    "its methods); so state.nested is thread-local, and setupState runs again in each thread " +
    "that reads it",
    "state.ask: a function cannot be shared between threads; so state.ask is thread-local, and " +
    "setupState runs again in each thread that reads it",
  ]);
});
