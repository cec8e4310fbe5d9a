/** Parts of an engine, each by itself. */
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
import { CoalescingCall } from "../../src/engine/driver/coalescing_call.ts";
import { EventBacklog } from "../../src/engine/driver/event_backlog.ts";
import { Follower, LogGapError } from "../../src/engine/follower.ts";
import { difference, relativePath } from "../../src/engine/manifest.ts";
import {
  describeConnectionError,
  isTransient,
  replyText,
} from "../../src/engine/redis/connection_errors.ts";
import { TaskState } from "../../src/plan/plan.ts";
import { Scheduler } from "../../src/scheduler/scheduler.ts";
import { SharedState } from "../../src/state/shared_state.ts";

const MEMBER = { id: "w", host: "here", pid: 7, slots: 2 };

function crew() {
  const said: string[] = [];
  const it = new WorkerRegistry({
    howTo: "start one",
    say: (level, text) => said.push(`${level}: ${text}`),
    giveUp: ({ full }) => said.push(`over: ${full}`),
    limits: { noticeMs: 10, patienceMs: 100 },
  });
  return { it, said };
}

Deno.test("crew: room is what those who take part have", () => {
  const { it, said } = crew();
  using _crew = it;
  it.hear({ type: "room", worker: "w", room: 2 });
  assertEquals(it.room, 0);
  it.hear({ type: "joined", worker: MEMBER });
  it.hear({ type: "joined", worker: MEMBER });
  it.hear({ type: "room", worker: "w", room: 2 });
  it.hear({ type: "joined", worker: { ...MEMBER, id: "v", slots: 1 } });
  it.hear({ type: "room", worker: "v", room: 1 });
  assertEquals([it.room, it.members], [3, ["w", "v"]]);
  it.remove("w");
  it.remove("w");
  it.hear({ type: "left", worker: "v" });
  assertEquals([it.room, it.members], [0, []]);
  assertEquals(said, [
    "info: Worker here:7 (2 tasks at once) takes part",
    "info: Worker here:7 (1 task at once) takes part",
    "warn: Worker here:7 (2 tasks at once) is lost: what it ran begins again elsewhere",
    "info: Worker here:7 (1 task at once) has left",
  ]);
});

Deno.test("crew: a slot that gets ready anew is no room, until the worker has counted", () => {
  const { it } = crew();
  using _crew = it;
  it.begin([MEMBER]);
  it.reserve("w");
  it.hear({ type: "room", worker: "w", room: 2 });
  it.reserve("w");
  it.reserve("nobody");
  assertEquals(it.room, 1);
  it.hear({ type: "room", worker: "w", room: 2 });
  assertEquals(it.room, 2);
});

Deno.test("crew: without a worker it says so, and gives up, though some come and refuse", async () => {
  const { it, said } = crew();
  using _crew = it;
  it.begin([]);
  for (let turn = 0; turn < 100 && !said.some((line) => line.startsWith("over")); turn++) {
    it.hear({ type: "refused", worker: MEMBER, why: "it is old" });
    const next = Promise.withResolvers<void>();
    setTimeout(next.resolve, 5); // more often than anything is said or given up
    await next.promise;
  }
  const refuses = "warn: Worker here:7 (2 tasks at once) takes no part: it is old";
  assertEquals(said.filter((line) => line !== refuses), [
    "warn: No worker takes part: start one",
    "over: no worker took part for 0.1 s: worker here:7 (2 tasks at once) refuses: it is old",
  ]);
});

Deno.test("crew: what was said to a driver before brings nobody back", () => {
  const { it } = crew();
  using _crew = it;
  it.begin([MEMBER]);
  it.hear({ type: "joined", worker: { ...MEMBER, id: "gone" } }, true);
  it.hear({ type: "left", worker: "w" }, true);
  it.hear({ type: "room", worker: "w", room: 1 }, true);
  assertEquals([it.room, it.members], [1, ["w"]]);
});

Deno.test("one by one: who asks within has it done after, and one that fails keeps none from it", () => {
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

Deno.test("past: what was said is kept until the attempt is due; an end opens it", () => {
  const past = new EventBacklog(true);
  past.begin({ end: "100-2", revoked: [] });
  assertEquals(["99-9", "100-2", "100-3", "1000-0"].map((id) => past.has(id)), [
    ...[true, true, false, false],
  ]);
  const message = { type: "notice" } as never;
  const talk = { type: "message", key: "0-1", lane: 0, message } as const;
  const lost = { type: "lost", key: "0-1", error: { type: "E", message: "m" } } as const;
  past.keep("0-1", talk);
  assertEquals(past.isOpen, false); // it runs still: there is no room for it yet
  past.keep("0-1", lost);
  assertEquals(past.isOpen, true);
  assertEquals(past.take("0-1"), [talk, lost]);
  assertEquals([past.isOpen, past.take("0-1")], [false, []]);
  // The echo of what this driver has ended is nobody's, and makes no room.
  past.ended("0-1");
  past.keep("0-1", lost);
  assertEquals([past.isOpen, past.take("0-1")], [false, []]);
  const none = new EventBacklog(false);
  none.keep("0-1", lost);
  assertEquals([none.isOpen, none.has("0-0")], [false, false]);
});

Deno.test("past: what a driver before ended by force has not ended by itself", () => {
  const past = new EventBacklog(true);
  past.begin({ end: "100-2", revoked: ["0-1"] });
  const settled = (key: string) => ({ type: "settled", key, outcome: TaskState.PASSED }) as const;
  assertEquals(past.reinterpret(settled("0-1")), {
    ...{ type: "lost", key: "0-1" },
    error: { type: "WorkerError", message: "the attempt was terminated" },
  });
  assertEquals(past.reinterpret(settled("0-2")), settled("0-2"));
});

Deno.test("follower: takes what is next, says where it is, and breaks for all who wait", async () => {
  const follower = new Follower(SharedState.create(), 3, () => 77, (it) => it === "own");
  const anew = { batch: undefined, growth: 0 };
  const reached = follower.reach(5);
  follower.take({ place: 3, sender: "", ...anew });
  follower.take({ place: 4, sender: "own", ...anew });
  assertEquals([follower.place, follower.endOf("own")], [4, 77]);
  assertThrows(() => follower.take({ place: 6, sender: "", ...anew }), LogGapError, "entry 5");
  follower.take({ place: 5, sender: "", ...anew });
  await reached;
  const never = follower.reach(6);
  follower.break(new Error("the run is left"));
  await assertRejects(() => never, Error, "the run is left");
  await assertRejects(() => follower.reach(1), Error, "the run is left");
});

Deno.test("manifest: a difference is one line, and names what differs", () => {
  const here = { files: { "a.ts": "1", "../lib.ts": "2" }, others: ["npm:x@1"] };
  assertEquals(difference(here, structuredClone(here)), undefined);
  const cases: [there: typeof here | object, words: RegExp][] = [
    [{ ...here, files: { "a.ts": "1", "../lib.ts": "3" } }, /^"..\/lib.ts" is not the same$/],
    [{ ...here, files: { "a.ts": "1" } }, /^"..\/lib.ts" is no part of it there$/],
    [{ ...here, files: { ...here.files, "b.ts": "1" } }, /^"b.ts" is no part of it here$/],
    [{ ...here, others: ["npm:x@2"] }, /imports npm:x@1 here, and npm:x@2 there$/],
    [{ ...here, others: [] }, /imports npm:x@1 here, and nothing in the place of it there$/],
  ];
  for (const [there, words] of cases) assertMatch(difference(here, there as never)!, words);
});

Deno.test("code: a path from the module's folder stands for the same file elsewhere", () => {
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

Deno.test("code: of what an engine says, a worker runs what the module consists of", () => {
  const manifest = { files: { "a b.ts": "1", "../lib.ts": "2" }, others: ["https://host/x.ts"] };
  const module = (url: unknown) => () =>
    rejectForeignCode({ kind: "module", url } as never, manifest);
  const scheduler = (...modules: string[]) => () =>
    rejectForeignCode({ kind: "scheduler", modules } as never, manifest);
  module("a b.ts")();
  scheduler("a b.ts", "../lib.ts", "https://host/x.ts")();
  const foreign = ["data:text/javascript,", "https://host/y.ts", "file:///tmp/x.ts", "../x.ts"];
  for (const url of [...foreign, "constructor", "", undefined]) {
    const why = `the code of the run is no part of the module here: "${url}"`;
    assertThrows(module(url), UsageError, why);
    assertThrows(scheduler("../lib.ts", url as string), UsageError, why);
  }
});

Deno.test("engine url: what it may be, and what of it is shown", () => {
  const right: [address: string, shown: string][] = [
    ["redis://host", "redis://host"],
    ["redis://host:6379/2", "redis://host:6379/2"],
    ["rediss://user:p%40ss@host:1/", "rediss://host:1"],
    ["redis://[::1]:6379", "redis://[::1]:6379"],
  ];
  for (const [address, shown] of right) assertEquals(redactedUrl(engineUrl(address)), shown);
  const wrong = ["", "host:6379", "http://host", "redis://", "redis://h/x", "redis://h?x=1"];
  for (const address of [...wrong, "redis://h#x"]) {
    assertThrows(() => engineUrl(address), UsageError, "it is an address such as");
  }
  const error = assertThrows(() => engineUrl("redis://u:s3cret@h/no"), UsageError);
  assertEquals(error.message.includes("s3cret"), false);
});

Deno.test("engine url: why there is no connection is said for its address", async () => {
  const cases: [code: string, plain: string, encrypted: string][] = [
    ["ECONNREFUSED", "nobody listens there", "nobody listens there"],
    ["ETIMEDOUT", "it does not answer", "one that takes no encrypted connections is redis://"],
    ["EPIPE", "one that takes encrypted connections alone is rediss://", "ends the connection"],
    ["DEPTH_ZERO_SELF_SIGNED_CERT", "it is", "it is; DENO_CERT names a file"],
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
  await assertRejects(() => open, UsageError, "what answers is neither Redis nor Valkey");
});

Deno.test("refusals: which ones pass, and what is said of them", () => {
  const refusal = (message: string) => Object.assign(new Error(message), { name: "ReplyError" });
  const oom = "OOM command not allowed when used memory > 'maxmemory'";
  const cases: [message: string, text: string, isPassing: boolean][] = [
    [`${oom}.`, oom, true],
    [`${oom}. script: 10b52f, on @user_script:27.`, oom, true],
    [`ERR Error running script (call to f_10b52f): @user_script:27: -${oom}.`, oom, true],
    ["UNBLOCKED force unblock from", "UNBLOCKED force unblock from", true],
    ["NOAUTH Authentication required.", "NOAUTH Authentication required", false],
    ["ERR unknown command 'LOADING'", "ERR unknown command 'LOADING'", false],
  ];
  for (const [message, text, passes] of cases) {
    assertEquals([replyText(refusal(message)), isTransient(refusal(message))], [text, passes]);
  }
  assertEquals(isTransient(new Error("LOADING a module")), false);
});

Deno.test("scheduler: on an engine there are more workers than on one machine, and not any number", () => {
  const engine = bullmqEngine("redis://host");
  new Scheduler({ engine, workers: 1_000 });
  const message = "Cannot run on 1001 workers: it is a whole number from 1 to 1000";
  assertThrows(() => new Scheduler({ engine, workers: 1_001 }), RangeError, message);
});

Deno.test("what the command takes the engine to be, it is", async () => {
  const driver: DriverModule = await import("../../src/engine/driver/bullmq_engine.ts");
  const worker: WorkerModule = await import("../../src/engine/worker/run_worker.ts");
  assertEquals([typeof driver.bullmqEngine, typeof worker.runWorker], ["function", "function"]);
});
