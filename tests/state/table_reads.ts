/** Rows of the tables in docs/state.md: reads. See table_test.ts. */
import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { snapshot } from "../../src/state/shared_state.ts";
import { replicas } from "./replicas.ts";

const PLAIN = () => ({
  name: "n",
  list: [1, { two: 2 }, [3]],
  map: new Map([["k", { v: 1 }]]),
  set: new Set([1, 2]),
  none: null,
});

export const READS: Record<string, () => unknown> = {
  "`JSON.stringify`, spread, destructuring, `Object.keys`, `in`, `for … of`, `Array.isArray`":
    () => {
      const { root, roots: [other] } = replicas();
      root.data = PLAIN();
      const { data } = other!;
      assertEquals(JSON.stringify(data), JSON.stringify(PLAIN()));
      assertEquals(Object.keys({ ...data }), Object.keys(PLAIN()));
      const { list: [first, ...rest] } = data;
      assertEquals([first, rest.length, [...data.list].length], [1, 2, 3]);
      assertEquals(["name" in data, "nope" in data, Object.hasOwn(data, "none")], [
        true,
        false,
        true,
      ]);
      assertEquals([Array.isArray(data.list), data.map instanceof Map], [true, true]);
      const seen: unknown[] = [];
      for (const item of data.list) seen.push(typeof item);
      for (const [key, { v }] of data.map) seen.push(key, v);
      for (const key in data) seen.push(key);
      assertEquals(seen, ["number", "object", "object", "k", 1, ...Object.keys(PLAIN())]);
    },

  "bytes for `Deno.writeFile`, `Response`, `crypto.subtle`": () => {
    const { root, roots: [other] } = replicas();
    root.bytes = new TextEncoder().encode("hello");
    const decoder = new TextDecoder();
    assertThrows(() => decoder.decode(other!.bytes), TypeError);
    assertEquals(decoder.decode(snapshot(other!.bytes)), "hello");
  },

  "`assertEquals` and other deep comparisons": () => {
    const { root, roots: [other] } = replicas();
    root.data = PLAIN();
    assertEquals(other!.data, PLAIN());
    assertEquals(PLAIN(), other!.data);
    other!.data.map.get("k").v = 2;
    assertNotEquals(root.data, PLAIN());
  },

  "`console.log`, `Deno.inspect`": () => {
    const { root, roots: [other] } = replicas();
    root.data = PLAIN();
    assertEquals(Deno.inspect(other!.data), Deno.inspect(PLAIN()));
    assert(!Deno.inspect(root).includes("Proxy"));
    root.more = 1;
    assertEquals(
      Deno.inspect({ s: other }),
      Deno.inspect({ s: { results: {}, data: PLAIN(), more: 1 } }),
    );
  },

  "`structuredClone(state.x)`, `postMessage(state.x)`": () => {
    const { root, roots: [other] } = replicas();
    root.data = PLAIN();
    root.data.self = root.data;
    const { port1 } = new MessageChannel();
    assertThrows(() => structuredClone(other!.data), DOMException);
    assertThrows(() => port1.postMessage(other!.data), DOMException);
    port1.close();
    const copy = structuredClone(snapshot(other!.data));
    assert(copy.self === copy && copy.map instanceof Map);
    copy.list.push(4);
    assertEquals(root.data.list.length, 3);
  },

  "a value of `setupState` that cannot be shared": async () => {
    const { shared, root, joined: [first] } = replicas();
    let made = 0;
    const setup = (state: typeof root) => {
      state.client = { id: ++made, ask: () => state.env };
      state.env = "dev";
    };
    await shared.setup(setup);
    first!.useSetup(setup);
    assertEquals([root.client.id, first!.root.client.id, first!.root.client.ask()], [1, 2, "dev"]);
    assertThrows(() => first!.root.other = () => 1, TypeError, "state.other: a function");
  },
};
