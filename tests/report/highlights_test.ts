import { assertEquals, assertThrows } from "@std/assert";
import { UsageError } from "../../src/base/errors.ts";
import { checkHighlights, highlight } from "../../src/report/text/highlights.ts";
import { colorStyle } from "../../src/report/style.ts";

const angle = (text: string) => `<${text}>`;

Deno.test("highlight() colors every match with a function or the name of a color", () => {
  colorStyle();
  assertEquals(highlight("a b a", checkHighlights([[/a/, angle]])), "<a> b <a>");
  assertEquals(highlight("ab", checkHighlights([[/B/i, "red"]])), "a\x1b[31mb\x1b[39m");
});

Deno.test("checkHighlights() returns an empty array when there are no highlights", () => {
  assertEquals(checkHighlights(undefined), []);
});

Deno.test("checkHighlights() names the invalid pair and the expected type in its error", () => {
  const messageFor = (value: unknown) =>
    assertThrows(() => checkHighlights(value), UsageError).message;
  assertEquals(
    messageFor({}),
    "Cannot use the logging highlights: expected an array of [RegExp, color] pairs, got {}",
  );
  assertEquals(
    messageFor([[/a/, angle], [/b/]]),
    "Cannot use the logging highlights: item 1: expected a [RegExp, color] pair, got [ /b/ ]",
  );
  assertEquals(
    messageFor([["a", angle]]),
    'Cannot use the logging highlights: item 0: expected a RegExp, got "a"',
  );
  assertEquals(messageFor([[/a/, "rd"]]).endsWith('; did you mean "red"?'), true);
  const no = () => {
    throw new RangeError("no");
  };
  assertEquals(
    messageFor([[/a/, no]]),
    "Cannot use the logging highlights: item 0: the color function failed: RangeError: no",
  );
  assertEquals(
    messageFor([[/a/, () => 5]]),
    "Cannot use the logging highlights: item 0: the color function failed: " +
      "TypeError: expected a string, got 5",
  );
});

Deno.test("highlight() leaves a match unchanged when its function fails", () => {
  const picky = (text: string) => text === "boom" ? undefined : `<${text}>`;
  assertEquals(highlight("boom room", checkHighlights([[/.oom/, picky]])), "boom <room>");
});

Deno.test("highlight() does not match text that an earlier highlight has colored", () => {
  const brackets = (mark: string) => (text: string) => `${mark}[35m${text}${mark}[39m`;
  const list = checkHighlights([[/hello/, brackets("1")], [/\d+/, brackets("2")], [/x*/, "red"]]);
  assertEquals(
    highlight("hello 42, hello", list),
    [
      ..."1[35mhello1[39m",
      ..." 2[35m422[39m, ",
      ..."1[35mhello1[39m",
    ].join(""),
  );
});
