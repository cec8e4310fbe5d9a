import { assertEquals } from "@std/assert";
import { importsMark } from "../../src/task/imports_mark.ts";

const TEXTS: readonly [text: string, expected: boolean][] = [
  ['import { mark } from "@thread-order/cli";', true],
  ['import {\n  dmark,\n  type State,\n} from "jsr:@thread-order/cli";', true],
  ['import{resource as r}from"x"', true],
  ['import * as lib from "@thread-order/cli";\nexport const a = lib.mark(() => 1);', true],
  ['import * as lib from "@thread-order/cli";', false],
  ['import { bookmark, remarkable } from "./marks.ts";', false],
  ['export { mark } from "@thread-order/cli";', false],
  ["Deno.removeSync('everything');", false],
];

for (const [text, expected] of TEXTS) {
  Deno.test(`importsMark() returns ${expected} when the text is ${JSON.stringify(text)}`, () => {
    assertEquals(importsMark(text), expected);
  });
}
