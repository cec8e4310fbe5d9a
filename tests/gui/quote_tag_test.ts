import { assertEquals } from "@std/assert";
import { quoteTag } from "../../src/gui/page/model/quote_tag.ts";
import { parseTagExpression } from "../../src/graph/tag_expression.ts";

Deno.test("quoteTag: is read back as the tag, whatever it is called", () => {
  for (const tag of ["plain", "not", "and", "x y", "a,b", "it's", 'say "so"', "日本", "(", ""]) {
    assertEquals(parseTagExpression(quoteTag(tag)!).root, { type: "tag", tag });
  }
  assertEquals(quoteTag("plain"), "plain");
  assertEquals(quoteTag(`'"`), undefined);
});
