/** The filters of the log. */
import { assertEquals, assertStrictEquals } from "@std/assert";
import { type LogFilter, LogSelection } from "../../src/gui/page/model/log_selection.ts";
import { RunModel } from "../../src/gui/page/model/run_model.ts";
import { sampleEvents } from "../support/sample_run.ts";

const ALL: LogFilter = { kind: "all", words: "", task: undefined };

Deno.test("LogSelection finds the same lines while the log grows as at its end", () => {
  const events = [...sampleEvents()];
  const complete = new RunModel();
  for (const event of events) complete.apply(event);
  const filters: LogFilter[] = [
    ALL,
    { ...ALL, kind: "outcomes" },
    { ...ALL, kind: "output" },
    { ...ALL, kind: "problems" },
    { ...ALL, words: "Load " },
    { ...ALL, kind: "outcomes", words: "deploy failed" },
    { ...ALL, task: 0 },
    { ...ALL, words: "no such line" },
  ];
  for (const filter of filters) {
    const growing = new RunModel();
    const selection = new LogSelection();
    for (const event of events) {
      growing.apply(event);
      selection.of(growing, filter);
    }
    const found = selection.of(growing, filter);
    assertEquals(found, new LogSelection().of(complete, filter), JSON.stringify(filter));
    assertEquals(found.length > 0, filter.words !== "no such line", JSON.stringify(filter));
  }
});

Deno.test("LogSelection starts again for another run and another filter", () => {
  const [first, second] = [new RunModel(), new RunModel()];
  for (const event of sampleEvents()) {
    first.apply(event);
    second.apply(event);
  }
  const selection = new LogSelection();
  const output = selection.of(first, { ...ALL, kind: "output" });
  assertEquals(output.every(({ type }) => type === "task-output"), true);
  const problems = selection.of(first, { ...ALL, kind: "problems" });
  assertEquals(problems.some(({ type }) => type === "task-finished"), true);
  const other = selection.of(second, { ...ALL, kind: "problems" });
  assertEquals(other, problems);
  assertStrictEquals(other[0], second.log.find((it) => it.seq === other[0]!.seq));
  assertStrictEquals(selection.of(second, ALL), second.log);
});
