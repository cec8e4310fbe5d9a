/** The op log and the user's lock, used by two workers in one process. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { Follower } from "../../src/engine/follower.ts";
import { LeaseLockClient } from "../../src/engine/worker/lease_lock_client.ts";
import { STATE_BYTES } from "../../src/engine/engine_protocol.ts";
import { StateLog } from "../../src/engine/state_log.ts";
import { parseOpLogRecord, readStreams } from "../../src/engine/redis/redis_streams.ts";
import { encodeResultRemoval } from "../../src/state/replica/value_encoder.ts";
import { SharedState, StateFullError } from "../../src/state/shared_state.ts";
import { ScriptRig } from "../support/script_rig.ts";
import { engineTest } from "../support/servers.ts";

const isGone = () => false;

engineTest("LeaseLockClient grants the lock in the order of the requests", async (program) => {
  await using rig = await ScriptRig.start(program);
  await rig.startRun();
  const { connections, key } = rig;
  using client = new LeaseLockClient(connections, key);
  const first = await client.take("w.0", "first", isGone);
  const order: string[] = [];
  const waiting: Promise<void>[] = [];
  for (const session of ["v.0", "w.1", "v.1"]) {
    waiting.push(
      client.take(session, session, isGone).then(async ({ fencingToken }) => {
        order.push(session);
        assertEquals(client.fencingTokenOf(session), fencingToken);
        await client.release(session, fencingToken);
      }),
    );
    while (await connections.main.lpos(`${key}:waiting`, session) === null) {
      await connections.main.ping();
    }
  }
  assertEquals(await client.tryTake("w.2", "other", isGone), undefined);
  await client.release("w.0", first.fencingToken);
  await Promise.all(waiting);
  assertEquals(order, ["v.0", "w.1", "v.1"]);
  assertEquals((await client.tryTake("w.2", "other", isGone))?.fencingToken, 5);
});

engineTest(
  "LeaseLockClient names a lost holder to the next, and its writes are rejected",
  async (program) => {
    await using rig = await ScriptRig.start(program);
    await rig.startRun();
    const { connections, key } = rig;
    using client = new LeaseLockClient(connections, key);
    const { fencingToken } = await client.take("w.0", "first", isGone);
    await connections.main.hset(`${key}:lock`, "expiresAt", 1); // as if the holder were cut off
    const next = await client.take("v.0", "next", isGone);
    assertEquals([next.fencingToken, next.abandonedBy], [fencingToken + 1, "first"]);
    const [word] = await connections.runScript("renew", key, "w.0", fencingToken, 5_000);
    assertEquals(word, "lost");
    // The client notices at the next renewal; until the session releases the lock, its writes are
    // rejected.
    await client.release("v.0", next.fencingToken);
    const renewed = Promise.withResolvers<void>();
    setTimeout(renewed.resolve, 1_500); // longer than the renewal interval
    await renewed.promise;
    assertEquals(client.fencingTokenOf("w.0"), fencingToken);
    const late = await connections.runScript(
      "append",
      key,
      "w.0",
      1,
      "",
      "",
      fencingToken,
      -1,
      1,
      0,
      "batch",
    );
    assertEquals(late[0], "unlocked");
  },
);

engineTest("LeaseLockClient returns a grant to a closed session", async (program) => {
  await using rig = await ScriptRig.start(program);
  await rig.startRun();
  using client = new LeaseLockClient(rig.connections, rig.key);
  for (const take of [client.tryTake.bind(client), client.take.bind(client)]) {
    let gone = false;
    const taken = take("w.0", "first", () => gone);
    gone = true;
    const left = client.closeSession("w.0");
    await assertRejects(async () => await taken, Error, "is gone");
    await left;
    assertEquals(client.fencingTokenOf("w.0"), 0);
    const next = await client.tryTake("v.0", "next", isGone);
    assert(next !== undefined, "nobody holds it, and nobody can take it");
    await client.release("v.0", next.fencingToken);
  }
});

engineTest("LeaseLockClient skips a waiting session whose worker is lost", async (program) => {
  await using rig = await ScriptRig.start(program);
  await rig.startRun();
  const { connections, key } = rig;
  using client = new LeaseLockClient(connections, key);
  const { fencingToken } = await client.take("w.0", "first", isGone);
  for (const session of ["v.0", "v.1", "w.1"]) await rig.call("lock", session, session, 5_000, 1);
  await connections.main.del(`${key}:heartbeat:v`);
  await client.release("w.0", fencingToken);
  assertEquals(await connections.main.hget(`${key}:lock`, "holder"), "w.1");
});

engineTest("LeaseLockClient.onGranted() ignores a stale grant", async (program) => {
  await using rig = await ScriptRig.start(program);
  await rig.startRun();
  const { connections, key } = rig;
  using client = new LeaseLockClient(connections, key);
  const old = await client.take("w.0", "first", isGone);
  await client.release("w.0", old.fencingToken);
  const other = await client.take("v.0", "other", isGone);
  let hasIt = false;
  const again = client.take("w.0", "first", isGone).then((grant) => (hasIt = true, grant));
  while (await connections.main.lpos(`${key}:waiting`, "w.0") === null) {
    await connections.main.ping();
  }
  client.onGranted("w.0", old);
  await connections.main.ping();
  assertEquals(hasIt, false);
  await client.release("v.0", other.fencingToken);
  assertEquals((await again).fencingToken, other.fencingToken + 1);
});

engineTest(
  "StateLog.append() compacts a full log while another machine appends",
  async (program) => {
    await using rig = await ScriptRig.start(program);
    const { connections, key } = rig;
    const initial = SharedState.create();
    initial.setResult("a", { list: [1] });
    initial.setResult("b", 2);
    initial.setResult("c", 3);
    initial.replica.restartLog();
    const snapshot = initial.replica.takeSnapshot();
    await rig.call("claimRun", "driver", 5_000);
    await rig.call("open", "driver", 5_000, 60_000, "{}", initial.replica.nextBlock, snapshot);
    let isFinished = false;
    const sides = [0, 1].map((at) => {
      const state = SharedState.create();
      state.replica.loadSnapshot(snapshot);
      const follower = new Follower(state, 0);
      const read = readStreams(connections.createClient(), [{
        key: `${key}:log`,
        from: "0-0",
        handle: (id, fields) => follower.apply(parseOpLogRecord(id, fields)),
      }], () => isFinished);
      return {
        state,
        follower,
        read,
        log: new StateLog(connections, key, follower, state.replica),
        at,
      };
    });
    const drop = (at: number, count: number, growth: number, batch: Uint8Array) =>
      sides[at]!.log.append(
        { sender: `w.${at}`, count, task: "", token: "", fencingToken: 0 },
        { growth, shrinks: false, place: undefined },
        batch,
      );
    const removal = (name: string) => encodeResultRemoval(initial.replica, name)!;
    await connections.main.hset(`${key}:run`, "bound", STATE_BYTES);
    // Too large even after a compaction; later writes may fit.
    await assertRejects(() => drop(0, 1, STATE_BYTES - 1, removal("a")), StateFullError);
    await drop(0, 2, 1, removal("a"));
    await connections.main.hset(`${key}:run`, "bound", STATE_BYTES);
    await Promise.all([drop(0, 3, 1, removal("b")), drop(1, 1, 1, removal("c"))]);
    const position = Number(await connections.main.hget(`${key}:run`, "count"));
    for (const { follower } of sides) await follower.reach(position);
    isFinished = true;
    await Promise.all(sides.map(({ read }) => read));
    const [one, two] = sides.map(({ state }) => state.replica.takeSnapshot());
    assertEquals(one, two);
    assertEquals(Object.keys(sides[0]!.state.sanitized().results as object), []);
    // The base is the compaction: a worker that joins now starts there.
    assert(Number(await connections.main.hget(`${key}:base`, "position")) >= 1);
    assert(Number(await connections.main.hget(`${key}:run`, "bound")) < 10_000);
  },
);

engineTest("readStreams() reads an entry again that could not be handled yet", async (program) => {
  await using rig = await ScriptRig.start(program);
  const { connections, key } = rig;
  for (const id of ["1-0", "2-0"]) await connections.main.xadd(`${key}:later`, id, "m", "");
  await connections.main.xadd(`${key}:first`, "1-0", "m", "");
  const handled: string[] = [];
  await readStreams(connections.createClient(), [{
    key: `${key}:later`,
    from: "0-0",
    handle: (id) => handled.includes("first 1-0") && handled.push(`later ${id}`) > 0,
  }, {
    key: `${key}:first`,
    from: "0-0",
    handle: (id) => handled.push(`first ${id}`) > 0,
  }], () => handled.length === 3);
  assertEquals(handled, ["first 1-0", "later 1-0", "later 2-0"]);
});
