/** The end of runs, as the registry reports it. */
import { assertEquals, assertRejects } from "@std/assert";
import { UsageError } from "../../src/base/errors.ts";
import type { RunRequest } from "../../src/gui/ui_protocol.ts";
import { type ProcessEnd, RunRegistry } from "../../src/gui/run_registry.ts";
import { extractError } from "../../src/gui/extract_error.ts";
import { bounded } from "../support/bounded.ts";

const FINISHED = ['{"type":"run-started"}', '{"type":"run-finished"}'];
const TRUNCATED = FINISHED.slice(0, 1);

/** Whether a run counts as cancelled. */
async function isCancelled(
  end: Partial<ProcessEnd>,
  lines: readonly string[],
  cancels: number,
): Promise<boolean | undefined> {
  const runs = new RunRegistry();
  const gate = Promise.withResolvers<void>();
  await runs.start({ state: {}, mocks: {} } as RunRequest, () =>
    Promise.resolve({
      lines: ReadableStream.from(lines),
      ended: gate.promise.then(() => ({
        code: null,
        signal: null,
        output: "",
        state: null,
        ...end,
      })),
      cancel: () => {},
    }));
  for (let i = 0; i < cancels; i++) runs.cancel(1);
  gate.resolve();
  await closed(runs);
  return runs.infos[0]!.end?.isCancelled;
}

Deno.test("RunRegistry counts a run as cancelled by exit code, by signal, or when incomplete after a cancel", async () => {
  assertEquals(await isCancelled({ code: 130 }, FINISHED, 0), true);
  assertEquals(await isCancelled({ signal: "SIGTERM" }, TRUNCATED, 0), true);
  assertEquals(await isCancelled({ signal: "SIGKILL" }, TRUNCATED, 3), true);
  assertEquals(await isCancelled({ code: 1 }, TRUNCATED, 1), true, "as on Windows");
});

Deno.test("RunRegistry counts a run as failed when it fails, crashes, or is killed by others", async () => {
  assertEquals(await isCancelled({ code: 1 }, FINISHED, 1), false, "cancelled too late");
  assertEquals(await isCancelled({ code: 2 }, [], 1), false);
  assertEquals(await isCancelled({ code: 1 }, TRUNCATED, 0), false);
  assertEquals(await isCancelled({ signal: "SIGKILL" }, TRUNCATED, 0), false);
});

Deno.test("RunRegistry.shutDown() cancels a run that is being started, and prevents others", async () => {
  const runs = new RunRegistry();
  const started = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<ProcessEnd>();
  const cancelled = Promise.withResolvers<void>();
  const request = { state: {}, mocks: {} } as RunRequest;
  const starting = runs.start(request, async () => {
    await started.promise;
    return { lines: ReadableStream.from([]), ended: gate.promise, cancel: cancelled.resolve };
  });
  const ended = runs.shutDown();
  started.resolve();
  assertEquals((await starting).id, 1);
  await bounded(cancelled.promise, "the run being cancelled");
  assertEquals(runs.hasEnded, false);
  gate.resolve({ code: 130, signal: null, output: "", state: null });
  await ended;
  assertEquals(runs.infos[0]!.end?.code, 130);
  const late = runs.start(request, () => Promise.reject(new Error("run started")));
  await assertRejects(() => late, UsageError, "the session is ending");
});

Deno.test("RunRegistry ends a run with unreadable events when its process ends, with the error", async () => {
  const runs = new RunRegistry();
  const failed = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<ProcessEnd>();
  const request = { state: {}, mocks: {} } as RunRequest;
  const lines = ReadableStream.from((async function* () {
    yield* TRUNCATED;
    failed.resolve();
    throw new Error("the disk is gone");
  })());
  const start = () => Promise.resolve({ lines, ended: gate.promise, cancel: () => {} });
  await runs.start(request, start);
  await failed.promise;
  await assertRejects(() => runs.start(request, start), UsageError, "another run is active");
  gate.resolve({ code: 1, signal: null, output: "a failed\n", state: { a: 1 } });
  await bounded(closed(runs), "the end");
  const { code, state, output } = JSON.parse(runs.feed(1).endJson);
  assertEquals({ code, state }, { code: 1, state: { a: 1 } });
  assertEquals(extractError(output), "Cannot follow the run: the disk is gone");
});

/** Resolves when the first run has ended. */
async function closed(runs: RunRegistry): Promise<void> {
  for (let next = runs.changes.changed; runs.infos[0]!.end === null; next = runs.changes.changed) {
    await next;
  }
}
