/** A strict parser of Chrome traces: throws if one violates the Trace Event Format. */
import { assert, assertEquals } from "@std/assert";

/** A slice, as read. */
export interface Slice {
  readonly name: string;
  readonly tid: number;
  readonly ts: number;
  readonly end: number;
  readonly cat: string;
  readonly args: Readonly<Record<string, unknown>>;
}

/** An arrow, as read: the names of the slices it goes from and to. */
export interface Arrow {
  readonly from: string;
  readonly to: string;
}

/** A trace, as read. */
export interface Trace {
  readonly rows: readonly string[];
  readonly slices: readonly Slice[];
  readonly arrows: readonly Arrow[];
  readonly instants: readonly Record<string, unknown>[];
  readonly otherData: Readonly<Record<string, unknown>>;
}

/** The type of a field of an event. */
type Check = "string" | "number" | "object" | "optional object" | "optional string";

const COMMON = { ph: "string", pid: "number", tid: "number", ts: "number" } as const;
const FIELDS: Readonly<Record<string, Readonly<Record<string, Check>>>> = {
  M: { ...COMMON, name: "string", args: "object" },
  X: {
    ...{ ...COMMON, name: "string", cat: "string", dur: "number" },
    ...{ args: "optional object", cname: "optional string" },
  },
  i: { ...COMMON, name: "string", cat: "string", s: "string", args: "optional object" },
  s: { ...COMMON, name: "string", cat: "string", id: "number" },
  f: { ...COMMON, name: "string", cat: "string", id: "number", bp: "string" },
};
/** https://github.com/catapult-project/catapult: tracing/base/color_scheme.html */
const CNAMES = ["good", "bad", "terrible", "yellow", "grey"];

/** Reads and checks. */
export function checkTrace(text: string): Trace {
  const { traceEvents, displayTimeUnit, otherData, ...others } = JSON.parse(text);
  assertEquals(others, {});
  assertEquals(displayTimeUnit, "ms");
  const events = traceEvents as Record<string, unknown>[];
  events.forEach(checkFields);
  const of = (ph: string) => events.filter((event) => event.ph === ph);
  const rows = rowNames(of("M"));
  const slices = of("X").map((it) => ({
    ...it as unknown as Slice,
    end: ns(it.ts) + ns(it.dur),
    ts: ns(it.ts),
  }));
  for (const { tid } of events as { tid: number }[]) assert(rows[tid], `row ${tid} has no name`);
  checkOverlap(slices);
  const instants = of("i");
  for (const { s } of instants) assert("gpt".includes(String(s)), `no such scope: ${s}`);
  const arrows = arrowsOf(of("s"), of("f"), slices);
  return { rows: rows.filter(() => true), slices, arrows, instants, otherData };
}

function checkFields(event: Record<string, unknown>): void {
  const fields = FIELDS[String(event.ph)];
  const shown = JSON.stringify(event);
  assert(fields, `an unknown kind: ${shown}`);
  for (const key of Object.keys(event)) assert(key in fields, `an unknown field ${key}: ${shown}`);
  for (const [key, check] of Object.entries(fields)) {
    const [type, optional] = check.split(" ").reverse();
    if (optional && event[key] === undefined) continue;
    assertEquals(typeof event[key], type, `${key} of ${shown}`);
  }
  for (const time of [event.ts, event.dur ?? 0]) {
    assert(Number(time) >= 0 && Number.isFinite(time), `a wrong time: ${shown}`);
    ns(time);
  }
  if (event.cname !== undefined) assert(CNAMES.includes(String(event.cname)), shown);
}

/** Microseconds with three digits at most are whole nanoseconds, which compare exactly. */
function ns(micros: unknown): number {
  const value = Math.round(Number(micros) * 1000);
  assertEquals(value / 1000, micros, "a time is finer than a nanosecond");
  return value;
}

function rowNames(metadata: readonly Record<string, unknown>[]): string[] {
  const names: string[] = [];
  const places = new Set<unknown>();
  let processes = 0;
  for (const { name, tid, args } of metadata as { name: string; tid: number; args: object }[]) {
    const [[key, value] = []] = Object.entries(args);
    if (name === "process_name") processes++;
    else if (name === "thread_name") {
      assertEquals([key, names[tid]], ["name", undefined]);
      names[tid] = value;
    } else {
      assertEquals([name, key], ["thread_sort_index", "sort_index"]);
      assert(!places.has(value), `two rows at ${value}`);
      places.add(value);
    }
  }
  assertEquals(processes, 1);
  assertEquals(places.size, names.filter(() => true).length);
  return names;
}

function checkOverlap(slices: readonly Slice[]): void {
  const endOf = new Map<number, number>();
  for (const { tid, ts, end, name } of slices.toSorted((a, b) => a.ts - b.ts)) {
    assert(end > ts, `${name} takes no time`);
    assert(ts >= (endOf.get(tid) ?? 0), `${name} lies on the slice before it`);
    endOf.set(tid, end);
  }
}

/** Each arrow has one beginning and one end, in this order, each within a slice of its row. */
function arrowsOf(
  starts: readonly Record<string, unknown>[],
  ends: readonly Record<string, unknown>[],
  slices: readonly Slice[],
): Arrow[] {
  const byId = new Map(ends.map((end) => [end.id, end]));
  assertEquals([byId.size, starts.length], [ends.length, ends.length], "arrows are not paired");
  assertEquals(new Set(starts.map(({ id }) => id)).size, starts.length, "an arrow begins twice");
  const within = ({ tid, ts }: Record<string, unknown>) => {
    const found = slices.find((it) => it.tid === tid && it.ts <= ns(ts) && ns(ts) < it.end);
    assert(found, `an arrow is in no slice: row ${tid} at ${ts}`);
    return found;
  };
  return starts.map((start) => {
    const end = byId.get(start.id);
    assert(end, `arrow ${start.id} has no end`);
    assertEquals([start.name, start.cat, "e"], [end.name, end.cat, end.bp]);
    assert(Number(start.ts) < Number(end.ts), `arrow ${start.id} goes back in time`);
    const [from, to] = [within(start), within(end)];
    assertEquals(ns(end.ts), to.ts, "an arrow ends where a slice begins");
    return { from: from.name, to: to.name };
  });
}
