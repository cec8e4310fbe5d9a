/** The results that may be read in a strict run. */
import { assertEquals } from "@std/assert";
import { DeclaredReads } from "../../src/thread/declared_reads.ts";
import { task } from "../support/graphs.ts";

function caseOf(caseOf: string, key: string) {
  return { ...task(`${caseOf}.${key}`), caseOf };
}

function readsOf(specs: readonly ReturnType<typeof task>[]): DeclaredReads {
  return new DeclaredReads(new Map(specs.map((spec) => [spec.name, { spec, call: () => {} }])));
}

/** A reader of all cases, and a reader of one case. */
const CASES = readsOf([
  caseOf("parse", "a"),
  caseOf("parse", "b"),
  task("parser"),
  task("report", ["parse.a", "parse.b", "parser"]),
  task("one", ["parse.a"]),
]);

Deno.test("DeclaredReads.checkUnknown() names the nearest task when no task has the name", () => {
  const refused = (name: string) => CASES.checkUnknown("report", name)?.message;
  assertEquals(
    refused("prase"),
    '"report" reads state.results.prase, but there is no task "prase"; did you mean "parse"?',
  );
  assertEquals(
    refused("parse.c"),
    '"report" reads state.results["parse.c"], but there is no task "parse.c"; did you mean "parse.a"?',
  );
  assertEquals(
    refused("unlike"),
    '"report" reads state.results.unlike, but there is no task "unlike"',
  );
  assertEquals(
    refused("toString2"),
    '"report" reads state.results.toString2, but there is no task "toString2"',
  );
});

Deno.test("DeclaredReads.checkUnknown() permits properties that code probes on any object", () => {
  const names = ["then", "toJSON", "constructor", "toString", "hasOwnProperty", "__proto__"];
  for (const name of [...names, "parse.a", "parse", "parser", "one"]) {
    assertEquals(CASES.checkUnknown("report", name), undefined, name);
  }
});

Deno.test("DeclaredReads.check() takes a task with cases for all of them when its name has a dot", () => {
  const reads = readsOf([caseOf("db.parse", "a.b"), task("all", ["db.parse.a.b"]), task("none")]);
  assertEquals(reads.checkUnknown("all", "db.parse"), undefined);
  assertEquals(
    reads.checkUnknown("all", "db.parse.a")?.message,
    '"all" reads state.results["db.parse.a"], but there is no task "db.parse.a"; ' +
      'did you mean "db.parse.a.b"?',
  );
  assertEquals(reads.check("all", "db.parse"), undefined);
  assertEquals(
    reads.check("none", "db.parse")?.message,
    '"none" reads state.results["db.parse"], but does not depend on "db.parse.a.b": add it to `after`',
  );
});

Deno.test("DeclaredReads.check() takes a task with cases for all of them", () => {
  const refused = (reader: string) => CASES.check(reader, "parse")?.message;
  assertEquals(refused("report"), undefined);
  assertEquals(
    refused("one"),
    '"one" reads state.results.parse, but does not depend on "parse.b": add it to `after`',
  );
});
