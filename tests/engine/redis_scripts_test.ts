/** The Lua scripts: each is idempotent. */
import { assert, assertEquals } from "@std/assert";
import type { Connections } from "../../src/engine/redis/connections.ts";
import { JobQueue } from "../../src/engine/driver/driver_session.ts";
import { createQueueConsumer } from "../../src/engine/worker/run_participant.ts";
import type { TaskId } from "../../src/task/task.ts";
import { STARTS_MAX, STATE_BYTES } from "../../src/engine/engine_protocol.ts";
import { SCRIPTS } from "../../src/engine/redis/redis_scripts.ts";
import { bounded } from "../support/bounded.ts";
import { ScriptRig } from "../support/script_rig.ts";
import { engineTest } from "../support/servers.ts";

engineTest("Scripts are idempotent", async (program) => {
  await using rig = await ScriptRig.start(program);
  const called = new Set<string>(["claimRun", "open", "announce", "join"]);
  const call = async (name: keyof typeof SCRIPTS, ...args: (string | number)[]) => {
    called.add(name);
    return (await rig.call(name, ...args)).map(String);
  };
  assertEquals(await call("claimRun", "driver", 5_000), ["new"]);
  await rig.startRun();
  const settled = ["0-1", "w.1", 1, "settled", "result", 5] as const;
  const more = ["", "", 0, "more", "", 0] as const;
  assertEquals(await call("driverHeartbeat", "driver", 5_000, 60_000, 0), ["ok"]);
  assertEquals(await call("heartbeat", "w", 5_000, 60_000), ["ok", "1"]);
  assertEquals(await call("claimAttempts", "w", "0-1", "w.1", "lost"), ["go", "0"]);
  assertEquals(await call("append", "w.0", 1, "0", "w.1", 0, -1, 5, 0, "batch"), ["at", "1"]);
  assertEquals(await call("compact", 1, "all"), ["at", "2"]);
  assertEquals(await call("publishEvents", "w", 1, ...settled, ...more), ["ok"]);
  assertEquals(await call("claimAttempts", "w", "0-1", "w.2", "lost"), ["ended", "0"]);
  assertEquals(await call("claimAttempts", "w", "1-1", "w.3", "lost"), ["go", "0"]);
  assertEquals(await call("revoke", "driver", "1-1", "revoked"), ["ok", "w"]);
  assertEquals(await call("revoke", "driver", "2-1", "revoked early"), ["ok", ""]);
  assertEquals(await call("claimAttempts", "w", "1-1", "w.4", "lost"), ["revoked", "0"]);
  assertEquals(await call("lock", "w.0", "name", 5_000, 1), ["granted", "1", "3", ""]);
  assertEquals(await call("lock", "v.0", "other", 5_000, 1), ["taken"]);
  assertEquals(await call("renew", "w.0", 1, 5_000), ["ok"]);
  assertEquals(await call("unlock", "w.0", 1, 5_000, ""), ["ok"]);
  assertEquals(await call("leave", "w", "left"), ["ok"]);
  assertEquals(await call("drain", "driver"), ["ok"]);
  assertEquals(await rig.stream("events"), [
    ...['{"joined":"w"}', '{"joined":"v"}', "settled", "more", "revoked", "revoked early", "left"],
  ]);
  // A worker that joins after `drain` does not stay, even if it had joined and missed the command.
  assertEquals((await rig.connections.runScript("join", rig.key, "v", 1, "{}", "")).map(String), [
    "finished",
  ]);
  assertEquals(await rig.connections.main.hlen(`${rig.key}:workers`), 0);
  assertEquals(await call("abandon", "driver"), ["ok"]);
  assertEquals(await call("remove", "driver", 60_000), ["ok"]);
  assertEquals(await call("claimRun", "driver", 5_000), ["finished", "finished"]);
  // `allocateIds` returns other ids each time, and `publishCommand` may publish twice.
  const twice = ["allocateIds", "publishCommand"];
  assertEquals(Object.keys(SCRIPTS).filter((it) => !called.has(it)).sort(), twice);
});

engineTest("publishEvents appends a result with its outcome, or neither", async (program) => {
  await using rig = await ScriptRig.start(program);
  await rig.startRun();
  await rig.call("claimAttempts", "w", "0-1", "w.1", "lost");
  await rig.call("claimAttempts", "w", "1-1", "w.2", "lost");
  const publish = async (first: number, ...rows: (string | number)[][]) =>
    (await rig.call("publishEvents", "w", first, ...rows.flat())).map(String);
  const outputs = [["0-1", "w.1", 0, "output", "", 0], ["1-1", "w.2", 0, "other", "", 0]];
  const large = ["0-1", "w.1", 1, "settled 0", "large", STATE_BYTES];
  const fitting = ["1-1", "w.2", 1, "settled 1", "small", 5];
  const fenced = ["1-1", "w.0", 1, "settled late", "late", 5];
  const [status, number] = await publish(1, ...outputs, large, fitting);
  assertEquals([status, number], ["full", "3"]);
  assertEquals(await rig.connections.main.xlen(`${rig.key}:log`), 0);
  assertEquals(await publish(3, ["0-1", "w.1", 1, "failed 0", "", 0], fitting, fenced), ["ok"]);
  const events = (await rig.stream("events")).slice(2);
  assertEquals(events, ["output", "other", "failed 0", "settled 1"]);
  const log = await rig.connections.main.xrange(`${rig.key}:log`, "-", "+");
  assertEquals(log, [["1-0", ["b", "small", "g", "5", "s", ""]]]);
  const [last] = await rig.connections.main.xrevrange(`${rig.key}:events`, "+", "-", "COUNT", 1);
  assertEquals(last![1], ["m", "settled 1", "p", "1"]);
});

engineTest("append announces a write, publishEvents no result", async (program) => {
  await using rig = await ScriptRig.start(program);
  await rig.startRun();
  await rig.call("claimAttempts", "w", "0-1", "w.1", "lost");
  const written = async () =>
    (await rig.connections.main.xrange(`${rig.key}:written`, "-", "+")).map(([id]) => id);
  await rig.call("append", "w.0", 1, "0", "w.1", 0, -1, 5, 0, "batch");
  await rig.call("append", "w.0", 2, "0", "w.1", 0, -1, 5, 0, "batch");
  assertEquals(await written(), ["2-0"]);
  await rig.call("publishEvents", "w", 1, "0-1", "w.1", 1, "settled", "result", 5);
  assertEquals(await written(), ["2-0"]);
  await rig.call("append", "driver.0", 1, "", "", 0, -1, 5, 0, "batch");
  assertEquals(await written(), ["4-0"]);
});

engineTest("claimAttempts gives an attempt to one worker until that has left", async (program) => {
  await using rig = await ScriptRig.start(program);
  await rig.startRun();
  const claim = async (token: string, worker: string) =>
    (await rig.call("claimAttempts", worker, "0-1", token, "lost")).map(String)[0];
  assertEquals(await claim("w.1", "w"), "go");
  assertEquals(await claim("v.1", "v"), "held");
  assertEquals(await claim("w.2", "w"), "held");
  assertEquals(await claim("x.1", "x"), "removed");
  await rig.call("leave", "w", "left");
  assertEquals(await claim("v.1", "v"), "go");
  assertEquals((await rig.stream("commands")).map((it) => JSON.parse(it)), [
    { type: "stop", task: "0", token: "w.1" },
  ]);
  // Later events of the first worker are dropped, and its writes are rejected.
  await rig.call("publishEvents", "w", 1, "0-1", "w.1", 1, "settled", "", 0);
  assertEquals((await rig.stream("events")).includes("settled"), false);
  const late = await rig.call("append", "w.0", 1, "0", "w.1", 0, -1, 5, 0, "batch");
  assertEquals(late[0], "fenced");
});

engineTest("claimAttempts replies for each attempt by itself", async (program) => {
  await using rig = await ScriptRig.start(program);
  await rig.startRun();
  await rig.call("claimAttempts", "v", "1-1", "v.1", "lost");
  await rig.call("revoke", "driver", "2-1", "revoked");
  const rows = [0, 1, 2, 3].flatMap((task) => [`${task}-1`, `w.${task}`, "lost"]);
  const reply = await rig.call("claimAttempts", "w", ...rows);
  assertEquals(reply, ["go", "0", "held", "0", "revoked", "0", "go", "0"]);
});

engineTest("claimAttempts returns the end of the log for a restart", async (program) => {
  await using rig = await ScriptRig.start(program);
  await rig.startRun();
  assertEquals(await rig.call("claimAttempts", "w", "0-1", "w.1", "lost"), ["go", "0"]);
  await rig.call("append", "w.0", 1, "0", "w.1", 0, -1, 5, 0, "batch");
  await rig.call("leave", "w", "left");
  assertEquals(await rig.call("claimAttempts", "v", "0-1", "v.1", "lost"), ["go", "1"]);
  const last = (await rig.stream("events")).at(-1)!;
  assertEquals(JSON.parse(last), { type: "restarted", key: "0-1" });
});

engineTest("claimAttempts ends an attempt that was started too often", async (program) => {
  await using rig = await ScriptRig.start(program);
  await rig.startRun();
  for (let starts = 1; starts <= STARTS_MAX + 1; starts++) {
    await rig.call("join", `n${starts}`, 5_000, "{}", "joined");
    const [word] = await rig.call(
      "claimAttempts",
      `n${starts}`,
      "0-1",
      `n${starts}.1`,
      "lost again",
    );
    assertEquals(word, starts > STARTS_MAX ? "ended" : "go");
    await rig.call("leave", `n${starts}`, "left");
  }
  assertEquals((await rig.stream("events")).filter((it) => it === "lost again").length, 1);
});

engineTest(
  "Scripts of a driver have no effect when another driver has claimed the run",
  async (program) => {
    await using rig = await ScriptRig.start(program);
    await rig.startRun();
    const { main } = rig.connections;
    await main.del(`${rig.key}:driver`);
    assertEquals((await rig.call("revoke", "driver", "0-1", "lost"))[0], "ok");
    assertEquals((await rig.call("claimRun", "next", 5_000))[0], "resumed");
    const before = await rig.dump();
    const all: [keyof typeof SCRIPTS, ...(string | number)[]][] = [
      ["open", "driver", 5_000, 60_000, "{}", 1, "snapshot"],
      ["announce", "driver", "{}"],
      ["publishCommand", "driver", "{}", "interrupt"],
      ["drain", "driver"],
      ["remove", "driver", 60_000],
      ["driverHeartbeat", "driver", 5_000, 60_000, 0],
      ["revoke", "driver", "1-1", "lost"],
    ];
    for (const args of all) assertEquals((await rig.call(...args))[0], "lost", args[0]);
    await rig.call("abandon", "driver");
    assertEquals(await rig.dump(), before);
  },
);

engineTest("announce revokes the abort of the previous driver", async (program) => {
  await using rig = await ScriptRig.start(program);
  await rig.startRun();
  await rig.connections.runScript(
    "publishCommand",
    rig.key,
    "driver",
    '{"type":"abort"}',
    "interrupt",
  );
  assertEquals((await rig.call("join", "n", 5_000, "{}", "joined"))[2], "interrupt");
  await rig.call("announce", "driver", "{}");
  assertEquals((await rig.call("join", "n", 5_000, "{}", "joined"))[2], "");
  // A worker that knows of the abort leaves, and joins again.
  assertEquals(await rig.stream("commands"), ['{"type":"abort"}', '{"type":"drain"}']);
});

/** The keys without a TTL. */
async function lasting(main: Connections["main"]): Promise<string[]> {
  const keys = await main.keys("*");
  const left = await Promise.all(keys.map((key) => main.pttl(key)));
  return keys.filter((_, at) => left[at]! < 0).sort();
}

engineTest("Scripts set a TTL on every key", async (program) => {
  await using rig = await ScriptRig.start(program);
  await rig.startRun();
  const { main } = rig.connections;
  // A client may be killed right after any script, with no other client to set TTLs.
  assertEquals(await lasting(main), []);
  const all: [keyof typeof SCRIPTS, ...(string | number)[]][] = [
    ["claimAttempts", "w", "0-1", "w.1", "lost"],
    ["append", "w.0", 1, "0", "w.1", 0, -1, 5, 0, "batch"],
    ["lock", "w.0", "name", 5_000, 1],
    ["lock", "v.0", "name", 5_000, 1],
    ["publishEvents", "w", 1, "0-1", "w.1", 1, "settled", "", 0],
    ["revoke", "driver", "0-2", "event"],
    ["drain", "driver"],
  ];
  for (const args of all) {
    await rig.call(...args);
    assertEquals(await lasting(main), [], args[0]);
  }
});

engineTest("withQueueTtl() sets a TTL on every key of the queue", async (program) => {
  await using rig = await ScriptRig.start(program);
  const { connections, key } = rig;
  const { main } = connections;
  const queue = new JobQueue(connections, key);
  for (let task = 0; task < 2; task++) {
    await queue.add("a", { task: task as TaskId, attempt: 1, lane: 0, position: 0 });
    assertEquals(await lasting(main), []);
  }
  assert(await main.pttl(`${key}:tasks:0-1`) > 0);
  const started = Promise.withResolvers<void>();
  const worker = createQueueConsumer(connections, key, 1, () => {
    started.resolve();
    return new Promise(() => {});
  });
  worker.run();
  await started.promise;
  assertEquals(await lasting(main), []);
  // BullMQ looks for stalled jobs, and records the active ones.
  const recorded = async () => {
    while (await main.exists(`${key}:tasks:stalled`) === 0);
  };
  await bounded(recorded(), "that");
  assertEquals(await lasting(main), []);
  await worker.close(true);
});

engineTest("Scripts write nothing when the run is finished", async (program) => {
  await using rig = await ScriptRig.start(program);
  await rig.startRun();
  await rig.connections.main.del(`${rig.key}:heartbeat:w`, `${rig.key}:heartbeat:v`);
  await rig.call("remove", "driver", 60_000);
  const before = await rig.dump();
  await rig.call("allocateIds", 4);
  await rig.call("publishCommand", "driver", "{}", "interrupt");
  await rig.call("announce", "driver", "{}");
  await rig.call("append", "w.0", 1, "", "", 0, -1, 5, 0, "batch");
  await rig.call("publishEvents", "w", 1, "", "", 0, "event", "", 0);
  await rig.call("compact", 0, "all");
  await rig.call("lock", "w.0", "name", 5_000, 1);
  await rig.call("heartbeat", "w", 5_000, 60_000);
  assertEquals(await rig.dump(), before);
});

engineTest("append accepts a write that shrinks a full state", async (program) => {
  await using rig = await ScriptRig.start(program);
  await rig.startRun();
  await rig.connections.main.hset(`${rig.key}:run`, "bound", STATE_BYTES);
  const write = (count: number, growth: number, shrinks: 0 | 1) =>
    rig.call("append", "w.0", count, "", "", 0, -1, growth, shrinks, "batch");
  assertEquals((await write(1, 1, 0))[0], "full");
  assertEquals((await write(1, 0, 1))[0], "at");
  assertEquals((await rig.call("compact", 1, "small"))[0], "at");
  assertEquals((await write(2, 1, 0))[0], "at");
});

engineTest(
  "leave removes keys that the queue has written after the run",
  async (program) => {
    await using rig = await ScriptRig.start(program);
    await rig.startRun();
    await rig.call("remove", "driver", 60_000);
    const { main } = rig.connections;
    const meta = `${rig.key}:tasks:meta`;
    await main.hset(meta, "opts.maxLenEvents", 1);
    await rig.call("leave", "w", "left");
    assertEquals(await main.keys("*:tasks:*"), []);
  },
  ["redis-server"],
);

engineTest("remove removes all keys on a server that is out of memory", async (program) => {
  await using rig = await ScriptRig.start(program);
  await rig.startRun();
  const { main } = rig.connections;
  await rig.call("claimAttempts", "w", "0-1", "w.1", "lost");
  await main.hset(`${rig.key}:tasks:0-1`, "name", "a");
  await main.lpush(`${rig.key}:tasks:wait`, "0-1");
  await main.config("SET", "maxmemory", 1);
  assertEquals(await rig.call("drain", "driver"), ["ok"]);
  assertEquals(await rig.call("remove", "driver", 60_000), ["ok"]);
  const heartbeats = ["v", "w"].map((id) => `${rig.key}:heartbeat:${id}`);
  assertEquals((await main.keys("*")).sort(), [...heartbeats, `${rig.key}:tombstone`]);
});

engineTest("driverHeartbeat returns why the claim is lost", async (program) => {
  await using rig = await ScriptRig.start(program);
  await rig.startRun();
  const renew = async () =>
    (await rig.call("driverHeartbeat", "driver", 5_000, 60_000, 0)).map(String)[0];
  const { main } = rig.connections;
  await main.set(`${rig.key}:driver`, "other");
  assertEquals(await renew(), "lost");
  await rig.call("remove", "other", 60_000);
  assertEquals(await renew(), "finished");
  await main.flushall();
  assertEquals(await renew(), "forgotten");
}, ["redis-server"]);
