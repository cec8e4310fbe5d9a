import { assertEquals } from "@std/assert";
import { shortenName } from "../../src/layout/shorten_name.ts";

Deno.test("shortenName() shortens in the middle, to the given length", () => {
  assertEquals(shortenName("short", 5), "short");
  assertEquals(shortenName("sterilize_instruments_D", 12), "sterili…ts_D");
  for (let max = 4; max < 30; max++) {
    assertEquals(shortenName("sterilize_instruments_in_room_D", max).length, max);
  }
});
