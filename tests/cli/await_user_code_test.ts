/** Waiting for the user's code before a run: the note, and the deadline. */
import { assertEquals, assertRejects } from "@std/assert";
import { DeadlineError } from "../../src/base/errors.ts";
import { nowMs } from "../../src/runtime/clock.ts";
import { awaitUserCode, type UserCodeWait } from "../../src/cli/system/await_user_code.ts";

function waitFor(err: (line: string) => void, wait: Partial<UserCodeWait>): UserCodeWait {
  const note = (time: string) => `not loaded after ${time}`;
  const usual = { startMs: nowMs(), deadlineMs: undefined, noticeMs: 10 };
  return { system: { err }, note, deadlineMessage: "too late", ...usual, ...wait };
}

/** Keeps the process alive, as a timer of the module does. */
function keepAlive(): Disposable {
  const timer = setInterval(() => {}, 1_000);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

Deno.test("awaitUserCode() prints a note and keeps waiting when the code takes long", async () => {
  using _alive = keepAlive();
  const lines: string[] = [];
  const code = Promise.withResolvers<number>();
  const ended = awaitUserCode(
    code.promise,
    waitFor((line) => (lines.push(line), code.resolve(7)), {}),
  );
  assertEquals([await ended, lines], [7, ["Note: not loaded after 0.01 s"]]);
});

Deno.test("awaitUserCode() rejects at the deadline, counted from the run's start", async () => {
  using _alive = keepAlive();
  const lines: string[] = [];
  const wait = { startMs: nowMs() - 60_000, deadlineMs: 60_010, noticeMs: 60_000 };
  const never = new Promise<void>(() => {});
  await assertRejects(
    () => awaitUserCode(never, waitFor((line) => lines.push(line), wait)),
    DeadlineError,
    "too late",
  );
  assertEquals(lines, []);
});

Deno.test("awaitUserCode() prints nothing when the code ends or throws in time", async () => {
  const lines: string[] = [];
  const wait = waitFor((line) => lines.push(line), { noticeMs: 60_000, deadlineMs: 60_000 });
  assertEquals(await awaitUserCode(Promise.resolve(7), wait), 7);
  await assertRejects(
    () => awaitUserCode(Promise.reject(new RangeError("no")), wait),
    RangeError,
    "no",
  );
  assertEquals(lines, []);
});
