/** Locations of errors, for the source and the link to the editor. */
import { assertEquals } from "@std/assert";
import { errorLocation, stackFramesOf } from "../../src/gui/page/model/error_location.ts";

const CONTEXT = { folder: "/work/shop", libraryUrls: ["file:///lib/src/"] };

function located(...frames: string[]) {
  const message = "no stock: at file:///work/shop/none.ts:1:1";
  const stack = [`Error: ${message}`, ...frames.map((it) => `    at ${it}`)].join("\n");
  return errorLocation({ message, stack }, CONTEXT);
}

Deno.test("errorLocation() is the first frame in the folder, without those of packages", () => {
  const at = { path: "src/cart.ts", line: 12, column: 9 };
  assertEquals(
    located(
      "file:///lib/src/thread/call.ts:1:2",
      "assert (file:///work/shop/node_modules/x/a.js:3:4)",
      "async add (file:///work/shop/src/cart.ts:12:9)",
      "file:///work/shop/main.ts:1:1",
    ),
    at,
  );
  assertEquals(located("async file:///work/shop/src/cart.ts:12:9"), at);
  assertEquals(located("file:///work/shop/src/cart.ts:12:9"), at);
});

Deno.test("errorLocation() is undefined when no frame is in the folder", () => {
  assertEquals(located(), undefined);
  assertEquals(located("ext:core/01_core.js:1:1", "https://jsr.io/a.ts:1:1"), undefined);
  assertEquals(located("file:///home/other.ts:1:1"), undefined);
  assertEquals(errorLocation({ message: "no stack" }, CONTEXT), undefined);
});

Deno.test("stackFramesOf() shows frames of the runtime when there are no others", () => {
  const stack = "Error: a\n    at ext:core/01_core.js:1:1";
  assertEquals(stackFramesOf({ message: "a", stack }, CONTEXT), ["at ext:core/01_core.js:1:1"]);
});
