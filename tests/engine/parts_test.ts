/** Parts of the engine that need no server. */
import type { DriverModule, WorkerModule } from "../../src/cli/run/load_engine.ts";
import {
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { UsageError } from "../../src/base/errors.ts";
import {
  rejectForeignCode,
  toLocal,
  toPortable,
  withUrl,
  withUrls,
} from "../../src/engine/portable_code.ts";
import { Connections, engineUrl, redactedUrl } from "../../src/engine/redis/connections.ts";
import { bullmqEngine } from "../../src/engine/driver/bullmq_engine.ts";
import { WorkerRegistry } from "../../src/engine/driver/worker_registry.ts";
import { CoalescingCall } from "../../src/engine/driver/engine_pool.ts";
import { EventBacklog } from "../../src/engine/driver/event_backlog.ts";
import { Follower, LogGapError } from "../../src/engine/follower.ts";
import { findDifference, relativePath } from "../../src/engine/manifest.ts";
import {
  describeConnectionError,
  isTransient,
  replyText,
} from "../../src/engine/redis/connection_errors.ts";
import { TaskState } from "../../src/plan/plan.ts";
import { Scheduler } from "../../src/scheduler/scheduler.ts";
import { SharedState } from "../../src/state/shared_state.ts";

const MEMBER = { id: "w", host: "here", pid: 7, slots: 2 };

function registryRig() {
  const log: string[] = [];
  const it = new WorkerRegistry({
    startHint: "start one",
    log: (level, text) => log.push(`${level}: ${text}`),
    onTimeout: ({ detail }) => log.push(`over: ${detail}`),
    limits: { noticeMs: 10, timeoutMs: 100 },
  });
  return { it, log };
}

Deno.test("WorkerRegistry.capacity is the sum over the workers that have joined", () => {
  const { it, log } = registryRig();
  using _registry = it;
  it.onEvent({ type: "capacity", worker: "w", capacity: 2 });
  assertEquals(it.capacity, 0);
  it.onEvent({ type: "joined", worker: MEMBER });
  it.onEvent({ type: "joined", worker: MEMBER });
  it.onEvent({ type: "capacity", worker: "w", capacity: 2 });
  it.onEvent({ type: "joined", worker: { ...MEMBER, id: "v", slots: 1 } });
  it.onEvent({ type: "capacity", worker: "v", capacity: 1 });
  assertEquals([it.capacity, it.ids], [3, ["w", "v"]]);
  it.remove("w");
  it.remove("w");
  it.onEvent({ type: "left", worker: "v" });
  assertEquals([it.capacity, it.ids], [0, []]);
  assertEquals(log, [
    "info: Worker here:7 (2 tasks at once) joined",
    "info: Worker here:7 (1 task at once) joined",
    "warn: Worker here:7 (2 tasks at once) is lost: its tasks are restarted on other workers",
    "info: Worker here:7 (1 task at once) left",
  ]);
});

Deno.test("WorkerRegistry.reserve() lowers the capacity until the worker reports it", () => {
  const { it } = registryRig();
  using _registry = it;
  it.start([MEMBER]);
  it.onEvent({ type: "capacity", worker: "w", capacity: 2 });
  const [first, second] = [it.reserve(), it.reserve()];
  assertEquals(it.capacity, 0);
  first.assign("w");
  assertEquals(it.capacity, 0);
  it.onEvent({ type: "capacity", worker: "w", capacity: 2 });
  assertEquals(it.capacity, 1);
  second.assign(undefined);
  assertEquals(it.capacity, 2);
  it.reserve().assign("unknown");
  assertEquals(it.capacity, 2);
});

Deno.test("WorkerRegistry warns and times out without workers, even if some are rejected", async () => {
  const { it, log } = registryRig();
  using _registry = it;
  it.start([]);
  for (let turn = 0; turn < 100 && !log.some((line) => line.startsWith("over")); turn++) {
    it.onEvent({ type: "rejected", worker: MEMBER, reason: "it is old" });
    const next = Promise.withResolvers<void>();
    setTimeout(next.resolve, 5); // more often than both limits
    await next.promise;
  }
  const rejection = "warn: Worker here:7 (2 tasks at once) did not join: it is old";
  assertEquals(log.filter((line) => line !== rejection), [
    "warn: No workers: start one",
    "over: no workers for 0.1 s: worker here:7 (2 tasks at once) did not join: it is old",
  ]);
});

Deno.test("WorkerRegistry.onEvent() adds no worker for a replayed event", () => {
  const { it } = registryRig();
  using _registry = it;
  it.start([MEMBER]);
  it.onEvent({ type: "joined", worker: { ...MEMBER, id: "gone" } }, true);
  it.onEvent({ type: "left", worker: "w" }, true);
  it.onEvent({ type: "capacity", worker: "w", capacity: 1 }, true);
  assertEquals([it.capacity, it.ids], [1, ["w"]]);
});

Deno.test("CoalescingCall.request() repeats the call when requested during it, even if it throws", () => {
  const done: number[] = [];
  const it = new CoalescingCall(() => {
    const turn = done.push(done.length);
    if (turn === 1) it.request();
    if (turn === 2) throw new Error("the second");
  });
  assertThrows(() => it.request(), Error, "the second");
  assertEquals(done, [0, 1]);
  it.request();
  assertEquals(done, [0, 1, 2]);
});

Deno.test("EventBacklog.drain() returns the buffered events of an attempt", () => {
  const backlog = new EventBacklog(true);
  backlog.load({ lastEventId: "100-2", revoked: [] });
  assertEquals(["99-9", "100-2", "100-3", "1000-0"].map((id) => backlog.has(id)), [
    ...[true, true, false, false],
  ]);
  const laneMessage = { type: "notice" } as never;
  const message = { type: "message", key: "0-1", lane: 0, message: laneMessage } as const;
  const lost = { type: "lost", key: "0-1", error: { type: "E", message: "m" } } as const;
  backlog.buffer("0-1", message);
  assertEquals(backlog.hasEndedAttempts, false); // the attempt is still running
  backlog.buffer("0-1", lost);
  assertEquals(backlog.hasEndedAttempts, true);
  assertEquals(backlog.drain("0-1"), [message, lost]);
  assertEquals([backlog.hasEndedAttempts, backlog.drain("0-1")], [false, []]);
  // An echo of an attempt that this driver has ended is dropped.
  backlog.markEnded("0-1");
  backlog.buffer("0-1", lost);
  assertEquals([backlog.hasEndedAttempts, backlog.drain("0-1")], [false, []]);
  const fresh = new EventBacklog(false);
  fresh.buffer("0-1", lost);
  assertEquals([fresh.hasEndedAttempts, fresh.has("0-0")], [false, false]);
});

Deno.test("EventBacklog.reinterpret() turns the end of a revoked attempt into a loss", () => {
  const backlog = new EventBacklog(true);
  backlog.load({ lastEventId: "100-2", revoked: ["0-1"] });
  const settled = (key: string) => ({ type: "settled", key, outcome: TaskState.PASSED }) as const;
  assertEquals(backlog.reinterpret(settled("0-1")), {
    ...{ type: "lost", key: "0-1" },
    error: { type: "WorkerError", message: "the attempt was terminated" },
  });
  assertEquals(backlog.reinterpret(settled("0-2")), settled("0-2"));
});

Deno.test("Follower.apply() takes entries in order, and fail() rejects the waiters", async () => {
  const follower = new Follower(SharedState.create(), 3, () => 77, (it) => it === "own");
  const compaction = { batch: undefined, growth: 0 };
  const reached = follower.reach(5);
  follower.apply({ position: 3, sender: "", ...compaction });
  follower.apply({ position: 4, sender: "own", ...compaction });
  assertEquals([follower.position, follower.localEndOf("own")], [4, 77]);
  assertThrows(
    () => follower.apply({ position: 6, sender: "", ...compaction }),
    LogGapError,
    "entry 5",
  );
  follower.apply({ position: 5, sender: "", ...compaction });
  await reached;
  const never = follower.reach(6);
  follower.fail(new Error("the run is left"));
  await assertRejects(() => never, Error, "the run is left");
  await assertRejects(() => follower.reach(1), Error, "the run is left");
});

Deno.test("Follower.awaited() resolves at once while a position is awaited, else after the limit", async () => {
  const follower = new Follower(SharedState.create(), 0);
  const neverMs = 1_000_000;
  await follower.awaited(1);
  const paused = follower.awaited(neverMs);
  const reached = follower.reach(1);
  await paused;
  await follower.awaited(neverMs);
  follower.apply({ position: 1, sender: "", batch: undefined, growth: 0 });
  await reached;
  const request = Promise.withResolvers<string>();
  const pausedAgain = follower.awaited(neverMs);
  const reply = follower.during(() => request.promise);
  await pausedAgain;
  await follower.awaited(neverMs);
  request.resolve("reply");
  assertEquals(await reply, "reply");
  const last = follower.awaited(neverMs);
  follower.fail(new Error("the run is left"));
  await last;
});

Deno.test("Follower.announce() ends the pause until a write is applied; a result is no write", async () => {
  const follower = new Follower(SharedState.create(), 0);
  const neverMs = 1_000_000;
  const entry = { batch: undefined, growth: 0 };
  const pauses = [follower.awaited(neverMs), follower.awaited(neverMs)];
  follower.announce(2);
  await Promise.all(pauses);
  follower.apply({ position: 1, sender: "", ...entry });
  assertEquals(follower.writePosition, 0);
  await follower.awaited(neverMs);
  follower.apply({ position: 2, sender: "w.0", ...entry });
  assertEquals(follower.writePosition, 2);
  const paused = follower.awaited(neverMs);
  follower.announce(1);
  assertEquals(await Promise.race([paused, Promise.resolve("paused")]), "paused");
  follower.fail(new Error("the run is left"));
  await paused;
});

Deno.test("findDifference() names the first file or import that differs", () => {
  const here = { files: { "a.ts": "1", "../lib.ts": "2" }, remotes: ["npm:x@1"] };
  assertEquals(findDifference(here, structuredClone(here)), undefined);
  const cases: [there: typeof here | object, pattern: RegExp][] = [
    [{ ...here, files: { "a.ts": "1", "../lib.ts": "3" } }, /^"..\/lib.ts" differs$/],
    [{ ...here, files: { "a.ts": "1" } }, /^"..\/lib.ts" is missing there$/],
    [{ ...here, files: { ...here.files, "b.ts": "1" } }, /^"b.ts" is missing here$/],
    [{ ...here, remotes: ["npm:x@2"] }, /imports npm:x@1 here and npm:x@2 there$/],
    [{ ...here, remotes: [] }, /imports npm:x@1 here and nothing in its place there$/],
  ];
  for (const [there, pattern] of cases) assertMatch(findDifference(here, there as never)!, pattern);
});

Deno.test("toPortable() and toLocal() map a file to the same path on every machine", () => {
  const [a, b] = ["file:///home/a/work/main.ts", "file:///srv/b/c/main.ts"];
  const paths: [url: string, path: string][] = [
    [a, "main.ts"],
    ["file:///home/a/work/lib/x.ts", "lib/x.ts"],
    ["file:///home/a/x.ts", "../x.ts"],
    ["file:///home/a/work2/x.ts", "../work2/x.ts"],
    ["file:///home/a/work/a%20b%23.ts", "a%20b%23.ts"],
  ];
  for (const [url, path] of paths) {
    assertEquals(relativePath(a, url), path);
    assertEquals(toPortable(url, a), path);
    assertEquals(toLocal(path, a), url);
    assertEquals(toPortable(toLocal(path, b), b), path);
  }
  assertEquals(toPortable("https://host/x.ts", a), "https://host/x.ts");
  assertEquals(toLocal("https://host/x.ts", b), "https://host/x.ts");
  const code = {
    kind: "scheduler",
    modules: [a],
    key: `${a}#2:4,9:1#1`,
    start: 2,
    completedStarts: { [`${a}##0`]: 1 },
  } as const;
  const there = withUrls(code, (url) => toPortable(url, a));
  assertEquals(there, {
    ...code,
    modules: ["main.ts"],
    key: "main.ts#2:4,9:1#1",
    completedStarts: { "main.ts##0": 1 },
  });
  assertEquals(withUrls(there, (path) => toLocal(path, a)), code);
  assertEquals(withUrl("file:///a%23b#c.ts#1:1#3", () => "x"), "x#1:1#3");
});

Deno.test("rejectForeignCode() accepts only files that the module imports", () => {
  const manifest = { files: { "a b.ts": "1", "../lib.ts": "2" }, remotes: ["https://host/x.ts"] };
  const module = (url: unknown) => () =>
    rejectForeignCode({ kind: "module", url } as never, manifest);
  const scheduler = (...modules: string[]) => () =>
    rejectForeignCode({ kind: "scheduler", modules } as never, manifest);
  module("a b.ts")();
  scheduler("a b.ts", "../lib.ts", "https://host/x.ts")();
  const foreign = ["data:text/javascript,", "https://host/y.ts", "file:///tmp/x.ts", "../x.ts"];
  for (const url of [...foreign, "constructor", "", undefined]) {
    const why = `the run refers to "${url}", which this worker's module does not import`;
    assertThrows(module(url), UsageError, why);
    assertThrows(scheduler("../lib.ts", url as string), UsageError, why);
  }
});

Deno.test("engineUrl() accepts Redis URLs, and redactedUrl() hides the password", () => {
  const right: [address: string, shown: string][] = [
    ["redis://host", "redis://host"],
    ["redis://host:6379/2", "redis://host:6379/2"],
    ["rediss://user:p%40ss@host:1/", "rediss://host:1"],
    ["redis://[::1]:6379", "redis://[::1]:6379"],
  ];
  for (const [address, shown] of right) assertEquals(redactedUrl(engineUrl(address)), shown);
  const wrong = ["", "host:6379", "http://host", "redis://", "redis://h/x", "redis://h?x=1"];
  for (const address of [...wrong, "redis://h#x"]) {
    assertThrows(() => engineUrl(address), UsageError, "expected a URL such as");
  }
  const error = assertThrows(() => engineUrl("redis://u:s3cret@h/no"), UsageError);
  assertEquals(error.message.includes("s3cret"), false);
});

Deno.test("describeConnectionError() suggests the other protocol when TLS may be the cause", async () => {
  const cases: [code: string, plain: string, encrypted: string][] = [
    ["ECONNREFUSED", "connection refused", "connection refused"],
    ["ETIMEDOUT", "the server does not answer", "use redis:// for one without TLS"],
    ["EPIPE", "use rediss:// for one with TLS", "closed the connection"],
    ["DEPTH_ZERO_SELF_SIGNED_CERT", "it is", "it is; set DENO_CERT to a file"],
  ];
  for (const [code, plain, encrypted] of cases) {
    const error = Object.assign(new Error("it is"), { code });
    assertStringIncludes(describeConnectionError(error, new URL("redis://h")), plain);
    assertStringIncludes(describeConnectionError(error, new URL("rediss://h")), encrypted);
  }
  await using web = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, () => {
    return new Response();
  });
  const open = Connections.open(engineUrl(`redis://127.0.0.1:${web.addr.port}`), () => {});
  await assertRejects(() => open, UsageError, "the server is neither Redis nor Valkey");
});

Deno.test("isTransient() recognizes temporary rejections, and replyText() shortens them", () => {
  const reply = (message: string) => Object.assign(new Error(message), { name: "ReplyError" });
  const oom = "OOM command not allowed when used memory > 'maxmemory'";
  const cases: [message: string, text: string, isTransientReply: boolean][] = [
    [`${oom}.`, oom, true],
    [`${oom}. script: 10b52f, on @user_script:27.`, oom, true],
    [`ERR Error running script (call to f_10b52f): @user_script:27: -${oom}.`, oom, true],
    ["UNBLOCKED force unblock from", "UNBLOCKED force unblock from", true],
    ["NOAUTH Authentication required.", "NOAUTH Authentication required", false],
    ["ERR unknown command 'LOADING'", "ERR unknown command 'LOADING'", false],
  ];
  for (const [message, text, isTransientReply] of cases) {
    assertEquals([replyText(reply(message)), isTransient(reply(message))], [
      text,
      isTransientReply,
    ]);
  }
  assertEquals(isTransient(new Error("LOADING a module")), false);
});

Deno.test("Scheduler accepts up to 1,000 workers on an engine", () => {
  const engine = bullmqEngine("redis://host");
  new Scheduler({ engine, workers: 1_000 });
  const message =
    "Cannot create a scheduler with workers: 1001: expected an integer from 1 to 1000";
  assertThrows(() => new Scheduler({ engine, workers: 1_001 }), RangeError, message);
});

Deno.test("DriverModule and WorkerModule match the modules that they describe", async () => {
  const driver: DriverModule = await import("../../src/engine/driver/bullmq_engine.ts");
  const worker: WorkerModule = await import("../../src/engine/worker/run_worker.ts");
  assertEquals([typeof driver.bullmqEngine, typeof worker.runWorker], ["function", "function"]);
});
