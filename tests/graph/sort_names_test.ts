/** Tests that names are in the order of the Python original. */
import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { sortNames } from "../../src/graph/sort_names.ts";
import { graphOf } from "../support/graphs.ts";
import { anyText } from "../support/any_text.ts";

Deno.test("Graph.from() orders names by code point when some are beyond the BMP", () => {
  // As sorted() of Python 3 has them.
  const names = ["a", "z", "é", "日", "\ue000", "ﬁ", "𝐚", "🎉", "🎉a", "🎊"];
  const { names: sorted } = graphOf(Object.fromEntries(names.toReversed().map((it) => [it, []])));
  assertEquals(sorted, names);
});

Deno.test("sortNames() compares any names by their code points", () => {
  const points = (name: string) => Array.from(name, (it) => it.codePointAt(0)!);
  const expected = (a: string, b: string) => {
    const [x, y] = [points(a), points(b)];
    const at = x.findIndex((it, i) => it !== y[i]);
    return at < 0 || at >= y.length ? x.length - y.length : x[at]! - y[at]!;
  };
  const name = anyText({ maxLength: 4 });
  fc.assert(fc.property(fc.array(name), (names) => {
    assertEquals(sortNames([...names]), names.toSorted(expected));
  }));
});
