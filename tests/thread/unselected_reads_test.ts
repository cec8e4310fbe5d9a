/** Reads of results whose tasks were not selected. */
import { assertEquals } from "@std/assert";
import { UnselectedReads } from "../../src/thread/unselected_reads.ts";
import type { NamedTask } from "../../src/task/task.ts";

function named(...names: string[]): NamedTask[] {
  return names.map((name) => ({ name }));
}

Deno.test("UnselectedReads.hint() names the declared dependencies that the attempt has read", () => {
  const reads = new UnselectedReads([...named("a", "b"), { name: "case.x", caseOf: "case" }]);
  const attempt = {};
  for (const name of ["a", "b", "b", "other"]) reads.add(attempt, name);
  assertEquals(
    reads.hint(attempt, ["a", "other"]),
    '"a" was not selected, and has no result; --with-deps selects it',
  );
  assertEquals(
    reads.hint(attempt, ["b", "a"]),
    '"a", "b" were not selected, and have no results; --with-deps selects them',
  );
  assertEquals([reads.hint(attempt, ["case.x"]), reads.hint({}, ["a"])], [undefined, undefined]);
});

Deno.test("UnselectedReads.hint() names the cases when the attempt has read the task that has them", () => {
  const reads = new UnselectedReads([
    { name: "case.x", caseOf: "case" },
    { name: "case.y.z", caseOf: "case" },
    ...named("cases", "case.no"),
  ]);
  const attempt = {};
  reads.add(attempt, "case");
  assertEquals(
    reads.hint(attempt, ["case.x", "case.y.z", "cases", "case.no"]),
    '"case.x", "case.y.z" were not selected, and have no results; --with-deps selects them',
  );
});

Deno.test("UnselectedReads.hint() forgets the reads of an attempt when another reads", () => {
  const reads = new UnselectedReads(named("a", "b"));
  const [first, second] = [{}, {}];
  reads.add(first, "a");
  reads.add(second, "b");
  assertEquals(reads.hint(first, ["a"]), undefined);
  assertEquals(
    reads.hint(second, ["a", "b"]),
    '"b" was not selected, and has no result; --with-deps selects it',
  );
});
