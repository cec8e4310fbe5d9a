/** Where the engine itself ends: a record that cannot be done must not stand in the log. */
import { assert, assertEquals } from "@std/assert";
import { snapshot } from "../../src/state/shared_state.ts";
import { replicas } from "./replicas.ts";

const INDEX_MAX = 2 ** 32 - 2;

Deno.test("state arrays: an index past two billion is one like any other", () => {
  const { root, roots: [other] } = replicas();
  for (const index of [2 ** 31 - 1, 2 ** 31, INDEX_MAX]) {
    root.list = [];
    root.list[index] = "far";
    assertEquals([other!.list[index], other!.list.length], ["far", index + 1]);
    root.list[index] = { far: 1 };
    assertEquals(snapshot(other!.list[index]), { far: 1 });
    assert(delete root.list[index]);
    assertEquals(Object.keys(other!.list), []);
  }
});
