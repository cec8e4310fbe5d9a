import { assertEquals } from "@std/assert";
import { didYouMean } from "../../src/base/suggest.ts";

Deno.test("didYouMean() suggests the only name that contains the word when none is near", () => {
  const names = ["load", "assign_staff_B", "sterilize_instruments_D", "prepare_room_D2"];
  const hint = (word: string) => /"(.*)"/.exec(didYouMean(word, names))?.[1];
  assertEquals(hint("laod"), "load");
  assertEquals(hint("D"), "sterilize_instruments_D");
  assertEquals(hint("instruments"), "sterilize_instruments_D");
  assertEquals(hint("STAFF"), "assign_staff_B");
  assertEquals([hint("e"), hint("_"), hint(""), hint("oa"), hint("deploy")], [
    ...[undefined, undefined, undefined, undefined, undefined],
  ]);
});
