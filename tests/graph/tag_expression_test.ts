/** Tests of the expressions of `--tags`. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { UsageError } from "../../src/base/errors.ts";
import {
  matchesTags,
  parseTagExpression,
  type TagNode,
  tagsIn,
} from "../../src/graph/tag_expression.ts";

/** The sets of a and b that an expression matches: `ab a b -`, in this order. */
function table(text: string): string {
  const sets: [string, string[]][] = [["ab", ["a", "b"]], ["a", ["a"]], ["b", ["b"]], ["-", []]];
  const expression = parseTagExpression(text);
  return sets.filter(([, tags]) => matchesTags(expression, tags)).map(([name]) => name).join(" ");
}

const truths: [text: string, table: string][] = [
  ["a", "ab a"],
  ["not a", "b -"],
  ["not not a", "ab a"],
  ["a and b", "ab"],
  ["a,b", "ab"],
  [" a , b ", "ab"],
  ["a,,b", "ab"],
  ["a, not b", "a"],
  ["a or b", "ab a b"],
  ["not a or b", "ab b -"],
  ["not (a or b)", "-"],
  ["not a and b", "b"],
  ["a and not b or not a and b", "a b"],
  ["a or b and not a", "ab a b"],
  ["(a or b) and not (a and b)", "a b"],
  ["a,b or not a,not b", "ab -"],
  ["((a))", "ab a"],
  ["'a' and \"b\"", "ab"],
  ["(a)and(b)", "ab"],
];
for (const [text, expected] of truths) {
  Deno.test(`parseTagExpression() parses ${JSON.stringify(text)}`, () =>
    assertEquals(table(text), expected));
}

Deno.test("parseTagExpression() accepts any characters in quoted tags", () => {
  const tags = ["needs db", "and", "a,b", "it's", "(x)"];
  const text = tags.map((tag) => tag.includes("'") ? `"${tag}"` : `'${tag}'`).join(" and ");
  assertEquals(tagsIn(parseTagExpression(text)), tags);
  assertEquals(tagsIn(parseTagExpression("android or notes or order or x-1.2:y/z*!")), [
    ...["android", "notes", "order", "x-1.2:y/z*!"],
  ]);
});

Deno.test("tagsIn() returns each tag once", () => {
  assertEquals(tagsIn(parseTagExpression("a or not (b and a) or b")), ["a", "b"]);
});

const problems: [text: string, problem: string][] = [
  ["", "a tag is missing at the end"],
  ["   ", "a tag is missing at the end"],
  [",a", 'a tag is missing before "," (character 1)'],
  ["a,", "a tag is missing at the end"],
  ["a and", "a tag is missing at the end"],
  ["or a", 'a tag is missing before "or" (character 1)'],
  ["a and or b", 'a tag is missing before "or" (character 7)'],
  ["a b", '"and", "or" or "," is missing before "b" (character 3)'],
  ["a not b", '"and", "or" or "," is missing before "not" (character 3)'],
  [
    "a AND b",
    '"and", "or" or "," is missing before "AND" (character 3); write "and" instead of AND',
  ],
  ["NOT a", '"and", "or" or "," is missing before "a" (character 5); write "not" instead of NOT'],
  ["a || b", '"and", "or" or "," is missing before "||" (character 3); write "or" instead of ||'],
  [
    "(a & b)",
    '"and", "or", "," or ")" is missing before "&" (character 4); write "and" instead of &',
  ],
  ["not", "a tag is missing at the end"],
  ["()", 'a tag is missing before ")" (character 2)'],
  ["a and (b", '")" is missing for "(" (character 7)'],
  ["(a or (b)", '")" is missing for "(" (character 1)'],
  ["(a b)", '"and", "or", "," or ")" is missing before "b" (character 4)'],
  ["a)", 'there is no "(" for ")" (character 2)'],
  ["a or 'b", 'a quote is missing for "\'b" (character 6)'],
];
for (const [text, problem] of problems) {
  Deno.test(`parseTagExpression() rejects ${JSON.stringify(text)} with the position`, () => {
    const { message } = assertThrows(() => parseTagExpression(text), UsageError);
    assertEquals(message, `Cannot read the tags "${text.replace(/\s+/g, " ")}": ${problem}`);
  });
}

Deno.test("parseTagExpression() limits the depth of nesting, but not the length", () => {
  const nested = (depth: number) => "(".repeat(depth) + "a" + ")".repeat(depth);
  assertEquals([table(nested(100)), table(`${"not ".repeat(100)}a`)], ["ab a", "ab a"]);
  for (const text of [nested(101), nested(100_000), `${"not ".repeat(100_000)}a`]) {
    const { message } = assertThrows(() => parseTagExpression(text), UsageError);
    assert(message.includes("more than 100 levels at "), message);
    assert(message.length < 200);
  }
  const long = Array.from({ length: 20_000 }, (_, i) => `t${i}`);
  assertEquals(tagsIn(parseTagExpression(long.join(" or "))).length, long.length);
});

/** Random expressions, and how they are written. */
const nodes = fc.letrec<{ node: TagNode }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 5 },
    fc.constantFrom("a", "b", "not", "x y").map((tag): TagNode => ({ type: "tag", tag })),
    fc.record({ type: fc.constant("not" as const), of: tie("node") }),
    fc.record({
      type: fc.constantFrom("and" as const, "or" as const),
      of: fc.array(tie("node"), { minLength: 2, maxLength: 3 }),
    }),
  ),
})).node;

function written(node: TagNode): string {
  if (node.type === "tag") return `"${node.tag}"`;
  if (node.type === "not") return `not (${written(node.of)})`;
  return node.of.map((it) => it.type === "tag" ? written(it) : `(${written(it)})`)
    .join(` ${node.type} `);
}

Deno.test("parseTagExpression() parses every expression that is written out", () => {
  fc.assert(fc.property(nodes, (node) => {
    assertEquals(parseTagExpression(written(node)).root, node);
  }));
});

Deno.test("parseTagExpression() parses any text, or rejects it with a one-line error", () => {
  const words = fc.constantFrom(..."ab,()\"' \n".split(""), " and ", " or ", " not ");
  fc.assert(fc.property(fc.array(words, { maxLength: 20 }), (parts) => {
    try {
      parseTagExpression(parts.join(""));
    } catch (error) {
      assert(error instanceof UsageError);
      assert(!error.message.includes("\n"));
    }
  }));
});
