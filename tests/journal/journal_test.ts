/** Tests of writing and parsing a journal. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { UsageError } from "../../src/base/errors.ts";
import { assertGolden } from "../support/golden.ts";
import { graphOf } from "../support/graphs.ts";
import { pretend, readText } from "../support/journalled.ts";

const GRAPH = graphOf({ load: [], parse: ["load"], check: ["parse"], report: ["check", "load"] });

/** The result of `load` is reused, and `check` fails. */
const TEXT = pretend({
  graph: GRAPH,
  running: graphOf({ parse: [], check: ["parse"], report: ["check"] }),
  mocks: new Map([["fetch", { status: 200 }]]),
  reused: new Map<string, unknown>([["load", new Map([[1, NaN]])]]),
  call: (name) => name === "check" ? undefined : { result: [name] },
});
const LINES = TEXT.split("\n").slice(0, -1);

Deno.test("JournalWriter writes the head, the reused results and then each outcome", () => {
  assertGolden("journal/run.ndjson", TEXT);
});

Deno.test("parseJournal() parses what JournalWriter has written", () => {
  const run = readText(TEXT)!;
  const of = (name: string) => run.tasks[run.head.names.indexOf(name)];
  assertEquals(run.head.given, [["fetch", { status: 200 }]]);
  assertEquals(of("load"), { status: "passed", result: new Map([[1, NaN]]), wrote: [] });
  assertEquals(of("parse"), { status: "passed", result: ["parse"], wrote: [] });
  assertEquals(of("check"), { status: "failed" });
  assertEquals(of("report"), { status: "skipped" });
  assertEquals(run.finishedAt, "2026-11-24T03:00:00.000Z");
  const took = ["load", "parse", "check"].map((name) => run.tookMs[run.head.names.indexOf(name)]);
  assertEquals(took, [undefined, 1, 1]);
});

Deno.test("parseJournal() returns cancelled tasks of a run that was cancelled", () => {
  const lines = [...LINES.slice(0, 3), '{"started":0}', '{"cancelled":0}', '{"cancelled":3}', ""];
  const { tasks } = readText(lines.join("\n"))!;
  assertEquals([tasks[0], tasks[3]], [{ status: "cancelled" }, { status: "cancelled" }]);
});

Deno.test("parseJournal() ignores an incomplete last line when a journal is truncated", () => {
  for (let length = 0; length <= TEXT.length; length++) {
    const cut = TEXT.slice(0, length);
    const whole = cut.slice(0, cut.lastIndexOf("\n") + 1);
    const count = whole.split("\n").length - 1;
    assertEquals(readText(cut), readText(whole));
    assertEquals(readText(cut) !== undefined, count >= 2, `of ${count} lines`);
    if (count < 2) continue;
    const ended = readText(cut)!.tasks.filter((task) => task && task.status !== "started");
    const lines = LINES.slice(1, count).filter((line) => !/started|finished/.test(line));
    assertEquals(ended.length, lines.length);
  }
});

Deno.test("parseJournal() ignores a last line of zero bytes after a power failure", () => {
  const run = readText(`${LINES.slice(0, 4).join("\n")}\n\0\0\0\0\0\0`)!;
  assertEquals(run.tasks.filter((task) => task?.status === "passed").length, 2);
});

Deno.test("parseJournal() returns one outcome for a task that was started again", () => {
  const lines = [...LINES.slice(0, 3), '{"started":2}', '{"failed":2,"error":"Error: no"}', ""];
  const run = readText(lines.join("\n"))!;
  assertEquals(run.tasks[2], { status: "failed" });
  assertEquals(run.finishedAt, undefined);
});

const corrupt: Record<string, [line: number, text: string, why: string]> = {
  "invalid JSON": [3, '{"started":', "Unexpected end"],
  "null instead of an object": [3, "null", "expected a JSON object"],
  "a line of an unknown kind": [3, '{"begun":1}', "unknown kind of line"],
  "an unknown task": [4, '{"passed":4}', "there is no task 4"],
  "a name instead of a task number": [4, '{"passed":"parse"}', 'there is no task "parse"'],
  "a number instead of an object": [3, "1", "expected a JSON object"],
  "the start of an unknown task": [4, '{"started":4}', "there is no task 4"],
  "a start after the outcome": [5, '{"started":2}', 'task "parse" has already ended'],
  "two outcomes": [5, '{"skipped":2}', 'task "parse" has already ended'],
  "bytes that are not base64": [4, '{"passed":2,"bytes":"*"}', "base64"],
  "bytes that cannot be decoded": [4, '{"passed":2,"bytes":"CgI="}', "outside"],
  "a first line that is not a head": [1, '{"tasks":[]}', "expected the head of a journal"],
  "null instead of a head": [1, "null", "expected the head of a journal"],
};
for (const key of ["journal", "startedAt", "names", "after", "given", "code", "taken"]) {
  const head = JSON.stringify({ ...JSON.parse(LINES[0]!), [key]: true });
  corrupt[`a head with "${key}" of another type`] = [1, head, "expected the head of a journal"];
}
const tooFew = JSON.stringify({ ...JSON.parse(LINES[0]!), after: [] });
corrupt["a head without the dependencies of each task"] = [
  1,
  tooFew,
  "expected the head of a journal",
];
for (const [what, [number, text, why]] of Object.entries(corrupt)) {
  Deno.test(`parseJournal() rejects ${what}, with the file and the line`, () => {
    const lines = LINES.with(number - 1, text);
    const error = assertThrows(() => readText(`${lines.join("\n")}\n`), UsageError, why);
    const start = `Cannot read the journal ".tdrun/m-00000000.1.ndjson", line ${number}: `;
    assert(error.message.startsWith(start), error.message);
  });
}

Deno.test("parseJournal() rejects another version of the format", () => {
  const read = () => readText('{"journal":2,"anything":"else"}\n{"news":1}\n');
  assertEquals(
    assertThrows(read, UsageError).message,
    'Cannot read the journal ".tdrun/m-00000000.1.ndjson": expected version 3, got version ' +
      "2; run all tasks",
  );
});
