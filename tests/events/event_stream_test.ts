/** Tests of the event stream: numbering, delivery and failing reporters. */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { EventStream } from "../../src/events/event_stream.ts";
import type { Reporter } from "../../src/events/reporter.ts";
import type { RunEvent, RunFact } from "../../src/events/run_event.ts";
import { sampleEvents } from "../support/sample_run.ts";
import { viewOf } from "../support/view_of.ts";

const fact = (): RunFact => ({ type: "run-finished", finishedAt: "" });

Deno.test("EventStream numbers events without gaps, and elapsedMs never decreases", () => {
  fc.assert(fc.property(fc.array(fc.double({ min: 0, max: 1e9, noNaN: true })), (times) => {
    const received: RunEvent[] = [];
    const stream = new EventStream([{ report: (event) => void received.push(event) }]);
    for (const time of times) stream.emit(fact(), time);
    assertEquals(received.map(({ seq }) => seq), times.map((_, i) => i));
    let latest = 0;
    const expected = times.map((time) => latest = Math.max(latest, time));
    assertEquals(received.map(({ elapsedMs }) => elapsedMs), expected);
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

Deno.test("EventStream delivers each event to the reporters in the given order", () => {
  const received: string[] = [];
  const reporter = (name: string): Reporter => ({
    report: ({ seq }) => void received.push(name + seq),
  });
  const stream = new EventStream([reporter("a"), reporter("b"), reporter("c")]);
  stream.emit(fact(), 0);
  stream.emit(fact(), 0);
  assertEquals(received, ["a0", "b0", "c0", "a1", "b1", "c1"]);
});

Deno.test("EventStream detaches reporters that throw, and records each failure once", () => {
  for (let bad = 0; bad < 8; bad++) {
    const received = [0, 0, 0];
    const reporters = received.map((_, i): Reporter => ({
      report() {
        received[i]!++;
        if (bad & (1 << i)) throw new Error(`bad ${i}`);
      },
    }));
    const stream = new EventStream(reporters);
    for (let i = 0; i < 3; i++) stream.emit(fact(), 0);
    assertEquals(received, [0, 1, 2].map((i) => bad & (1 << i) ? 1 : 3));
    assertEquals(
      stream.failures.map(({ reporter }) => reporters.indexOf(reporter)),
      [0, 1, 2].filter((i) => bad & (1 << i)),
    );
  }
});

Deno.test("EventStream disposes of every reporter when one of them throws", async () => {
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

Deno.test("EventStream detaches a reporter that rejects, and awaits pending reports", async () => {
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

Deno.test("EventStream disposes of detached reporters within the time limit", async () => {
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
