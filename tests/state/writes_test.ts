/** Tests of the keys that watchWrites() reports. */
import { assertEquals, assertThrows } from "@std/assert";
import { StateCloneError } from "../../src/state/state_errors.ts";
import { SharedState } from "../../src/state/shared_state.ts";
import type { State } from "../../src/task/context.ts";

/** The keys that are reported when this code runs. */
function keysOf(write: (state: State) => void): string[] {
  const state = SharedState.create();
  state.root.list = [{ deep: { at: 1 } }];
  state.root.map = new Map<string, unknown>([["a", { set: new Set([{ x: 1 }]) }]]);
  state.root.bytes = new Uint8Array(4);
  state.setResult("task", { rows: [1] });
  const keys: string[] = [];
  state.watchWrites((key) => keys.push(key));
  write(state.root);
  state.watchWrites(undefined);
  state.root.after = 1;
  return keys;
}

const WRITES: Readonly<Record<string, [write: (state: State) => void, key: string]>> = {
  "sets a key": [(state) => state.n = 1, "n"],
  "deletes a key": [(state) => delete state.list, "list"],
  "updates a key": [(state) => state.update("n", () => 1), "n"],
  "updates a key in place": [(state) => state.update("list", (it) => void it.push(1)), "list"],
  "pushes to an array": [(state) => state.list.push(1), "list"],
  "sorts an array": [(state) => state.list.sort(), "list"],
  "sets the length of an array": [(state) => state.list.length = 0, "list"],
  "sets a nested property": [(state) => state.list[0].deep.at = 2, "list"],
  "writes to what an iteration gives": [(state) => {
    for (const it of state.list) it.deep.at = 3;
  }, "list"],
  "writes to what a callback gets": [(state) => {
    state.list.forEach((it: { deep: unknown }) => it.deep = 1);
  }, "list"],
  "sets an entry of a Map": [(state) => state.map.set("b", 1), "map"],
  "writes to a value of a Map": [(state) => state.map.get("a").x = 1, "map"],
  "writes to a member of a Set": [(state) => {
    for (const member of state.map.get("a").set) member.x = 2;
  }, "map"],
};
for (const [what, [write, key]] of Object.entries(WRITES)) {
  Deno.test(`watchWrites() reports the key when code ${what}`, () => {
    assertEquals([...new Set(keysOf(write))], [key]);
  });
}

Deno.test("watchWrites() reports nothing when code reads, or when a write is rejected", () => {
  assertEquals(
    keysOf((state) => {
      JSON.stringify(state.list);
      [...state.map.get("a").set];
      assertThrows(() => state.results["task"].rows.push(2), TypeError);
      assertThrows(() => state.fn = () => {}, StateCloneError);
      assertThrows(() => state.update("fn", () => () => {}), StateCloneError);
    }),
    [],
  );
});

Deno.test("watchWrites() does not report the results that the library writes", () => {
  const state = SharedState.create();
  const keys: string[] = [];
  state.watchWrites((key) => keys.push(key));
  state.openResults(["a"]);
  state.setResultOf(0, "a", { x: 1 });
  state.dropResult(0, "a");
  assertEquals(keys, []);
});
