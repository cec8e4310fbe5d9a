/** Facts are stamped once and handed to every reporter; one that throws harms nobody. */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { EventStream } from "../../src/events/event_stream.ts";
import type { Reporter } from "../../src/events/reporter.ts";
import type { RunEvent, RunFact } from "../../src/events/run_event.ts";
import { sampleEvents } from "../support/sample_run.ts";
import { viewOf } from "../support/view_of.ts";

const fact = (): RunFact => ({ type: "run-finished", finishedAt: "" });

Deno.test("EventStream: seq has no gap, and elapsedMs never decreases", () => {
  fc.assert(fc.property(fc.array(fc.double({ min: 0, max: 1e9, noNaN: true })), (times) => {
    const heard: RunEvent[] = [];
    const stream = new EventStream([{ report: (event) => void heard.push(event) }]);
    for (const time of times) stream.emit(fact(), time);
    assertEquals(heard.map(({ seq }) => seq), times.map((_, i) => i));
    let latest = 0;
    const expected = times.map((time) => latest = Math.max(latest, time));
    assertEquals(heard.map(({ elapsedMs }) => elapsedMs), expected);
  }));
});

Deno.test("EventStream delivers each event with the view after exactly that event", () => {
  const events = sampleEvents();
  const seen: string[] = [];
  const stream = new EventStream([
    { // an event emitted during a delivery is not in the view yet
      report: ({ seq }) => {
        if (seq === 0) events.slice(1).forEach((event) => stream.deliver(event));
      },
    },
    { report: (_, view) => void seen.push(Deno.inspect(view)) },
  ]);
  stream.deliver(events[0]!);
  assertEquals(seen, events.map((_, i) => Deno.inspect(viewOf(events.slice(0, i + 1)))));
});

Deno.test("EventStream: reporters hear each event in the order in which they were given", () => {
  const heard: string[] = [];
  const reporter = (name: string): Reporter => ({
    report: ({ seq }) => void heard.push(name + seq),
  });
  const stream = new EventStream([reporter("a"), reporter("b"), reporter("c")]);
  stream.emit(fact(), 0);
  stream.emit(fact(), 0);
  assertEquals(heard, ["a0", "b0", "c0", "a1", "b1", "c1"]);
});

Deno.test("EventStream: reporters that throw are detached and named once, wherever they stand", () => {
  for (let bad = 0; bad < 8; bad++) {
    const heard = [0, 0, 0];
    const reporters = heard.map((_, i): Reporter => ({
      report() {
        heard[i]!++;
        if (bad & (1 << i)) throw new Error(`bad ${i}`);
      },
    }));
    const stream = new EventStream(reporters);
    for (let i = 0; i < 3; i++) stream.emit(fact(), 0);
    assertEquals(heard, [0, 1, 2].map((i) => bad & (1 << i) ? 1 : 3));
    assertEquals(
      stream.failures.map(({ reporter }) => reporters.indexOf(reporter)),
      [0, 1, 2].filter((i) => bad & (1 << i)),
    );
  }
});

Deno.test("EventStream: disposes of every reporter, also after one that cannot be disposed of", async () => {
  const closed: string[] = [];
  const reporter = (name: string, error?: Error): Reporter => ({
    report() {},
    [Symbol.asyncDispose]() {
      closed.push(name);
      return error ? Promise.reject(error) : Promise.resolve();
    },
  });
  const error = new Error("disk full");
  const bad = reporter("bad", error);
  const late: Reporter = {
    report() {},
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => setTimeout(() => resolve(void closed.push("late")))),
  };
  const stream = new EventStream([bad, { report() {} }, late, reporter("good")]);
  await stream.close();
  assertEquals(closed, ["bad", "late", "good"]);
  assertEquals(stream.failures, [{ reporter: bad, error }]);
});

Deno.test("EventStream: one that rejects is detached and named, and what it leaves is waited for", async () => {
  const turn = () => new Promise<void>((resolve) => setTimeout(resolve));
  let ended = 0;
  const slow: Reporter = {
    report: async () => {
      await turn();
      await turn();
      ended++;
    },
  };
  let calls = 0;
  const rejecting: Reporter = {
    report: () => Promise.reject(new Error(`no ${++calls}`)),
    [Symbol.asyncDispose]: () => Promise.reject(new Error("not that either")),
  };
  const stream = new EventStream([rejecting, slow]);
  stream.emit(fact(), 0);
  stream.emit(fact(), 0);
  await turn();
  stream.emit(fact(), 0);
  await stream.close();
  assertEquals(stream.failures.map(({ error }) => String(error)), ["Error: no 1"]);
  assertEquals([calls, ended], [2, 3]);
});

Deno.test("EventStream: one that was detached is disposed of, and one that is never disposed of is given up", async () => {
  let isDisposed = false;
  const detached: Reporter = {
    report() {
      throw new Error("no");
    },
    [Symbol.asyncDispose]() {
      isDisposed = true;
      return Promise.resolve();
    },
  };
  const endless: Reporter = { report() {}, [Symbol.asyncDispose]: () => new Promise(() => {}) };
  const stream = new EventStream([detached, endless], 10);
  stream.emit(fact(), 0);
  await stream.close();
  assert(isDisposed);
  assertEquals(stream.failures.map(({ error }) => (error as Error).message), [
    "no",
    "not closed within 0.01 s of the end of the run",
  ]);
});
