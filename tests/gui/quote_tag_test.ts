import { assertEquals } from "@std/assert";
import { quoteTag } from "../../src/gui/page/model/quote_tag.ts";
import { parseTagExpression } from "../../src/graph/tag_expression.ts";

Deno.test("quoteTag() is inverted by parseTagExpression() for any tag", () => {
  for (const tag of ["plain", "not", "and", "x y", "a,b", "it's", 'say "so"', "日本", "(", ""]) {
    assertEquals(parseTagExpression(quoteTag(tag)!).root, { type: "tag", tag });
  }
  assertEquals(quoteTag("plain"), "plain");
  assertEquals(quoteTag(`'"`), undefined);
});
