/** An attempt and what it may do: time, results. */
import { assertEquals } from "@std/assert";
import { AttemptClock } from "../../src/pool/attempt_clock.ts";
import { DeclaredReads } from "../../src/pool/declared_reads.ts";
import { task } from "../support/graphs.ts";

Deno.test("AttemptClock: an attempt is late by the time it took, whoever looked when", () => {
  let now = 100;
  const clock = new AttemptClock(() => now);
  clock.begin(50);
  now = 150;
  assertEquals([clock.isLate, clock.failure("thrown")], [false, "thrown"]);
  now = 150.5;
  assertEquals(clock.isLate, true);
  const error = clock.failure(new Error("late words")) as Error;
  assertEquals([error.name, error.message, (error.cause as Error).message], [
    ...["TimeoutError", "it took longer than its timeout of 50 ms", "late words"],
  ]);
  clock.begin(undefined);
  now = 1e9;
  assertEquals(clock.isLate, false);
});

Deno.test("AttemptClock: what the main thread says holds for this attempt alone", () => {
  const clock = new AttemptClock(() => 0);
  clock.begin(50);
  const error = clock.expire();
  assertEquals([clock.isLate, clock.failure(undefined), clock.expire()], [true, error, error]);
  clock.begin(50);
  assertEquals(clock.isLate, false);
});

Deno.test("DeclaredReads: all that a task comes after may be read, near and far, and no other", () => {
  const specs = [task("a"), task("b", ["a"]), task("c", ["b"]), task("other"), task("d", ["c"])];
  const reads = new DeclaredReads(
    new Map(specs.map((spec) => [spec.name, { spec, call: () => {} }])),
  );
  const refused = (reader: string, name: string) => reads.check(reader, name)?.message;
  assertEquals(["a", "b", "c"].map((name) => refused("d", name)), [
    undefined,
    undefined,
    undefined,
  ]);
  assertEquals(
    refused("d", "other"),
    '"d" reads state.results.other, and does not come after "other": add it to `after`',
  );
  assertEquals([refused("a", "d") === undefined, refused("a", "a") === undefined], [false, false]);
  assertEquals(refused("a", "toString"), undefined, "what is no task is nobody's result");
});
