import { assertEquals, assertThrows } from "@std/assert";
import { UsageError } from "../../src/base/errors.ts";
import { checkHighlights, highlight } from "../../src/report/text/highlights.ts";
import { colorStyle } from "../../src/report/style.ts";

const angle = (text: string) => `<${text}>`;

Deno.test("highlight() sets off every match, with a function or a colour's name", () => {
  colorStyle();
  assertEquals(highlight("a b a", checkHighlights([[/a/, angle]])), "<a> b <a>");
  assertEquals(highlight("ab", checkHighlights([[/B/i, "red"]])), "a\x1b[31mb\x1b[39m");
});

Deno.test("checkHighlights() takes no highlights for none", () => {
  assertEquals(checkHighlights(undefined), []);
});

Deno.test("checkHighlights() says which pair is wrong, and what would be right", () => {
  const refused = (value: unknown) =>
    assertThrows(() => checkHighlights(value), UsageError).message;
  assertEquals(
    refused({}),
    "Cannot use the logging highlights: expected an array of [RegExp, colour] pairs, got {}",
  );
  assertEquals(
    refused([[/a/, angle], [/b/]]),
    "Cannot use the logging highlights: item 1: expected a [RegExp, colour] pair, got [ /b/ ]",
  );
  assertEquals(
    refused([["a", angle]]),
    'Cannot use the logging highlights: item 0: expected a RegExp, got "a"',
  );
  assertEquals(refused([[/a/, "rd"]]).endsWith('; did you mean "red"?'), true);
  const no = () => {
    throw new RangeError("no");
  };
  assertEquals(
    refused([[/a/, no]]),
    "Cannot use the logging highlights: item 0: the colour function failed: RangeError: no",
  );
  assertEquals(
    refused([[/a/, () => 5]]),
    "Cannot use the logging highlights: item 0: the colour function failed: " +
      "TypeError: expected a string, got 5",
  );
});

Deno.test("highlight() leaves a text as it is where a function fails for it", () => {
  const picky = (text: string) => text === "boom" ? undefined : `<${text}>`;
  assertEquals(highlight("boom room", checkHighlights([[/.oom/, picky]])), "boom <room>");
});

Deno.test("highlight: what one has painted is no text for the next, escape codes least of all", () => {
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
