import { assert, assertEquals, assertMatch } from "@std/assert";
import type { RunEvent } from "../../src/events/run_event.ts";
import { summarize } from "../../src/events/summary.ts";
import { JsonReporter } from "../../src/report/formats/json_reporter.ts";
import {
  ENUMS,
  EVENTS,
  OUTCOMES,
  WHOLE_ERROR,
  WHOLE_SHARD,
  WHOLE_TASK,
} from "../support/event_samples.ts";
import { assertLine, isLine, KINDS, PARTS } from "../support/event_schema.ts";
import { reported, reportedEvents } from "../support/report_of.ts";
import {
  CANCELLED_FACTS,
  PASSING_FACTS,
  SAMPLE_FACTS,
  sampleEvents,
  type TimedFact,
} from "../support/sample_run.ts";
import { viewOf } from "../support/view_of.ts";

const RUNS = [SAMPLE_FACTS, CANCELLED_FACTS, PASSING_FACTS];

function lines(facts: readonly TimedFact[]): string[] {
  const text = reported((out) => new JsonReporter(out), facts);
  assert(text.endsWith("\n"));
  return text.slice(0, -1).split("\n");
}

function lineOf(event: RunEvent): Record<string, unknown> {
  return JSON.parse(reportedEvents((out) => new JsonReporter(out), [event]));
}

Deno.test("JsonReporter writes one line with all fields for each event", () => {
  for (const facts of RUNS) {
    const [first, ...rest] = lines(facts).map((line) => JSON.parse(line));
    const { schema, ...started } = first;
    assertEquals(schema, 1);
    assertEquals([started, ...rest], sampleEvents(facts));
  }
});

Deno.test("JsonReporter writes lines that are valid according to the schema", () => {
  for (const facts of RUNS) lines(facts).forEach(assertLine);
});

Deno.test("JsonReporter writes lines that give the same summary when they are replayed", () => {
  for (const facts of RUNS) {
    const replayed = viewOf(lines(facts).map((line) => JSON.parse(line)));
    assertEquals(summarize(replayed), summarize(viewOf(sampleEvents(facts))));
  }
});

Deno.test("events.schema.json accepts a complete event of each type", () => {
  for (const event of Object.values(EVENTS)) assertLine(JSON.stringify(lineOf(event)));
  for (const outcome of Object.values(OUTCOMES)) {
    assertLine(JSON.stringify({ ...EVENTS["task-finished"], outcome }));
  }
});

Deno.test("events.schema.json has the types, fields and enum members of RunEvent", () => {
  assertEquals([...KINDS].sort(), Object.keys(EVENTS).sort());
  const samples: Record<string, object> = {
    ...Object.fromEntries(Object.values(EVENTS).map((event) => [event.type, lineOf(event)])),
    ...OUTCOMES,
    error: WHOLE_ERROR,
    taskInfo: WHOLE_TASK,
    shard: WHOLE_SHARD,
  };
  for (const [name, sample] of Object.entries(samples)) {
    const { properties = {}, additionalProperties } = PARTS[name]!;
    assertEquals(Object.keys(properties).sort(), Object.keys(sample).sort(), name);
    assertEquals(additionalProperties, false, name);
  }
  const { channel, level } = PARTS["task-output"]!.properties!;
  assertEquals(new Set(channel!.enum), new Set(Object.keys(ENUMS.channel)));
  assertEquals(new Set(level!.enum), new Set(Object.keys(ENUMS.level)));
  assertEquals(new Set(PARTS.cancelReason!.enum), new Set(Object.keys(ENUMS.cancelReason)));
});

/** Fields that may be missing. */
const isOptional = (part: string, key: string) =>
  ["hook", "kind", "wrote", "shard", "modules", "cached", "notCached", "changed", "kept"].includes(
    key,
  ) ||
  (part === "taskInfo" && ["attempts", "worker"].includes(key)) ||
  (part === "cancelled" && key === "error") ||
  (part === "skipped" && (key === "reason" || key === "dependents"));

Deno.test("events.schema.json requires every field except the optional ones", () => {
  for (const [name, { properties, required }] of Object.entries(PARTS)) {
    if (properties === undefined || name === "error") continue;
    const present = Object.keys(properties).filter((key) => !isOptional(name, key));
    assertEquals([...required!].sort(), present.sort(), name);
  }
  assertEquals(PARTS.error!.required, ["type", "message"]);
});

/** An event, changed in one way. */
function* mutations(line: Record<string, unknown>): Generator<[what: string, changed: object]> {
  yield ["a field more", { ...line, more: 1 }];
  for (const [key, value] of Object.entries(line)) {
    const { [key]: _left, ...rest } = line;
    if (!isOptional(String(line.status), key)) yield [`without ${key}`, rest];
    yield [`${key} of another type`, { ...line, [key]: typeof value === "object" ? 1.5 : [] }];
    if (typeof value === "number") yield [`${key} below zero`, { ...line, [key]: -1 }];
  }
}

Deno.test("events.schema.json rejects an event when any of its fields is changed", () => {
  let count = 0;
  for (const event of Object.values(EVENTS)) {
    for (const [what, changed] of mutations(lineOf(event))) {
      assert(!isLine(changed), `${event.type}: ${what}`);
      count++;
    }
  }
  for (const outcome of Object.values(OUTCOMES)) {
    for (const [what, changed] of mutations({ ...outcome })) {
      assert(!isLine({ ...EVENTS["task-finished"], outcome: changed }), what);
    }
  }
  const wrong: RunEvent[] = [
    { ...EVENTS["task-output"], text: "two\nlines" },
    { ...EVENTS["task-started"], attempt: 0 },
    { ...EVENTS["run-finished"], finishedAt: "yesterday" },
  ];
  for (const event of wrong) assert(!isLine(event), JSON.stringify(event));
  assert(!isLine({ ...lineOf(EVENTS["run-started"]), schema: 2 }));
  assert(count > 100, `${count}`);
});

/** The lines of JSON in the documentation, below their headings. */
function documented(): [heading: string, line: string][] {
  const text = Deno.readTextFileSync(new URL("../../docs/reporters.md", import.meta.url));
  return text.split(/^### /m).flatMap((section) => {
    const [heading = ""] = section.split("\n");
    const blocks = [...section.matchAll(/^```ndjson\n(.*?)^```$/gms)].map(([, block = ""]) =>
      block
    );
    return blocks.flatMap((block) => block.trimEnd().split("\n"))
      .map((line): [string, string] => [heading, line]);
  });
}

Deno.test("docs/reporters.md shows a valid example of each event under its heading", () => {
  const examples = documented();
  assertEquals([...new Set(examples.map(([heading]) => heading))], KINDS);
  for (const [heading, line] of examples) {
    assertLine(line);
    assertEquals(JSON.parse(line).type, heading);
  }
  const statuses = examples.map(([, line]) => JSON.parse(line).outcome?.status);
  assertEquals(statuses.filter((it) => it !== undefined), Object.keys(OUTCOMES));
});

Deno.test("docs/reporters.md names every field and every enum member", () => {
  const text = Deno.readTextFileSync(new URL("../../docs/reporters.md", import.meta.url));
  const names = [
    ...Object.values(PARTS).flatMap(({ properties = {} }) => Object.keys(properties)),
    ...Object.values(ENUMS).flatMap((members) => Object.keys(members)),
    ...Object.keys(OUTCOMES),
  ];
  for (const name of names) assertMatch(text, new RegExp(`\`(outcome\\.)?${name}\``), name);
});

Deno.test("JsonReporter escapes control characters and Unicode line separators", () => {
  const text = 'x\u2028{"type":"run-finished"}\u2029\x85\x9b2J\x7f\u2027\u202e\u2066';
  const output = { type: "task-output", worker: 0, task: null, channel: "log" } as const;
  const event = { ...output, level: "info", text, seq: 3, elapsedMs: 1 } as const;
  assertEquals(lineOf(event), event);
  const line = reportedEvents((out) => new JsonReporter(out), [event]);
  assertEquals(line.match(/[\x7f-\x9f\u2028-\u202e\u2066-\u2069]/g), null);
});
