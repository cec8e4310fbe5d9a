/** The hierarchical bitmap against a sorted array. */
import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { ReadySet, readySetWords } from "../../src/plan/ready_set.ts";

const GUARD = 3;

/** Creates a set surrounded by words that it must not change. */
function make(size: number): { set: ReadySet; words: Int32Array; check: () => void } {
  const length = readySetWords(size);
  const words = new Int32Array(length + 2 * GUARD).fill(0x5a5a5a5a);
  words.fill(0, GUARD, GUARD + length);
  const check = () => {
    const outside = [...words.subarray(0, GUARD), ...words.subarray(GUARD + length)];
    assertEquals(outside, new Array(2 * GUARD).fill(0x5a5a5a5a), "it wrote outside of its words");
  };
  return { set: new ReadySet(words, GUARD, size), words, check };
}

/** Removes the lowest rank, as a plan does. */
function takeLowest(set: ReadySet): number {
  const rank = set.lowest();
  if (rank >= 0) set.remove(rank);
  return rank;
}

Deno.test("ReadySet matches a sorted array in random operations", () => {
  const size = fc.oneof(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1000, max: 40_000 }));
  const steps = fc.array(fc.oneof(fc.nat(1_000_000), fc.constant("take" as const)), {
    maxLength: 200,
    size: "max",
  });
  fc.assert(fc.property(size, steps, (size, steps) => {
    const { set, check } = make(size);
    let model: number[] = [];
    for (const step of steps) {
      if (step === "take") {
        assertEquals(takeLowest(set), model.shift() ?? -1);
      } else {
        const rank = step % size;
        set.add(rank);
        model = [...new Set([...model, rank])].sort((a, b) => a - b);
      }
      assertEquals(set.lowest(), model[0] ?? -1);
    }
    check();
  }));
});

Deno.test("ReadySet fills and empties at the sizes between levels", () => {
  for (const size of [1, 31, 32, 33, 1023, 1024, 1025, 32_767, 32_768, 32_769]) {
    const { set, words, check } = make(size);
    for (let rank = size - 1; rank >= 0; rank--) set.add(rank);
    for (let rank = 0; rank < size; rank++) {
      if (takeLowest(set) !== rank) throw new Error(`size ${size}: ${rank} was not the lowest`);
    }
    assertEquals(takeLowest(set), -1);
    assertEquals(words.subarray(GUARD, -GUARD).every((word) => word === 0), true);
    check();
  }
});

Deno.test("ReadySet is empty when its size is 0", () => {
  assertEquals(takeLowest(make(0).set), -1);
});
