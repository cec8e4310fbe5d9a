/** The suspects of a stray error. */
import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { Suspects } from "../../src/thread/suspects.ts";
import type { TaskId } from "../../src/task/task.ts";

const TURN = "turn";

Deno.test("Suspects.list() returns at most eight tasks called in the last two turns", () => {
  fc.assert(fc.property(fc.array(fc.oneof(fc.nat(99), fc.constant(TURN))), (story) => {
    const suspects = new Suspects();
    for (const it of story) {
      if (typeof it === "number") suspects.add(it as TaskId);
      else suspects.turned();
    }
    const turns = story.flatMap((it, place) => it === TURN ? [place] : []);
    const since = story.slice(turns.at(-2) ?? 0).filter((it) => it !== TURN);
    assertEquals(suspects.list() as unknown[], since.slice(-8));
  }));
});
