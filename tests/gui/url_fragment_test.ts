/** The fragment of the web UI's URL. */
import { assertEquals } from "@std/assert";
import { formatFragment, parseFragment } from "../../src/gui/page/model/url_fragment.ts";

Deno.test("parseFragment() inverts formatFragment()", () => {
  const places = [
    {},
    { module: "src/build.ts" },
    { module: "a b&c=d#e.ts", run: 12, tab: "log", task: "größe: 100%" },
  ] as const;
  for (const place of places) assertEquals(parseFragment(formatFragment(place)), place);
  assertEquals(formatFragment({}), "");
  assertEquals(formatFragment({ module: "src/build.ts", run: 2 }), "#module=src/build.ts&run=2");
});

Deno.test("parseFragment() ignores what is invalid", () => {
  assertEquals(parseFragment("#tab=none&run=-1&module=&other=1"), {});
  assertEquals(parseFragment("#run=1e9"), {});
  assertEquals(parseFragment("#%E0%A4%A"), {});
});
