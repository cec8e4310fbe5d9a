/** The state's log and the user's lock at an engine, used by two workers of one process. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { Follower } from "../../src/engine/follower.ts";
import { LeaseLockClient } from "../../src/engine/worker/lease_lock_client.ts";
import { STATE_BYTES } from "../../src/engine/engine_protocol.ts";
import { StateLog } from "../../src/engine/state_log.ts";
import { logEntryOf, readStreams } from "../../src/engine/redis/redis_streams.ts";
import { encodeResultRemoval } from "../../src/state/replica/value_encoder.ts";
import { SharedState, StateFullError } from "../../src/state/shared_state.ts";
import { ScriptRig } from "../support/script_rig.ts";
import { engineTest } from "../support/servers.ts";

const isGone = () => false;

engineTest("lock desk: whoever waits gets it in the order they came", async (program) => {
  await using rig = await ScriptRig.start(program);
  await rig.begin();
  const { connections, key } = rig;
  using desk = new LeaseLockClient(connections, key);
  const first = await desk.take("w.0", "first", isGone);
  const order: string[] = [];
  const waiting: Promise<void>[] = [];
  for (const seat of ["v.0", "w.1", "v.1"]) {
    waiting.push(
      desk.take(seat, seat, isGone).then(async ({ term }) => {
        order.push(seat);
        assertEquals(desk.termOf(seat), term);
        await desk.release(seat, term);
      }),
    );
    while (await connections.main.lpos(`${key}:waiting`, seat) === null) {
      await connections.main.ping();
    }
  }
  assertEquals(await desk.tryTake("w.2", "other", isGone), undefined);
  await desk.release("w.0", first.term);
  await Promise.all(waiting);
  assertEquals(order, ["v.0", "w.1", "v.1"]);
  assertEquals((await desk.tryTake("w.2", "other", isGone))?.term, 5);
});

engineTest(
  "lock desk: who is lost is told of, and cannot write by what it held",
  async (program) => {
    await using rig = await ScriptRig.start(program);
    await rig.begin();
    const { connections, key } = rig;
    using desk = new LeaseLockClient(connections, key);
    const { term } = await desk.take("w.0", "first", isGone);
    await connections.main.hset(`${key}:lock`, "till", 1); // as if it could not be reached
    const next = await desk.take("v.0", "next", isGone);
    assertEquals([next.term, next.abandonedBy], [term + 1, "first"]);
    const [word] = await connections.script("renew", key, "w.0", term, 5_000);
    assertEquals(word, "lost");
    // The desk finds out by itself; until its owner gives it back, its writes are refused.
    await desk.release("v.0", next.term);
    const renewed = Promise.withResolvers<void>();
    setTimeout(renewed.resolve, 1_500); // longer than between two renewals
    await renewed.promise;
    assertEquals(desk.termOf("w.0"), term);
    const late = await connections.script("append", key, "w.0", 1, "", "", term, -1, 1, 0, "batch");
    assertEquals(late[0], "unlocked");
  },
);

engineTest("lock desk: who is gone when it is given the lock does not keep it", async (program) => {
  await using rig = await ScriptRig.start(program);
  await rig.begin();
  using desk = new LeaseLockClient(rig.connections, rig.key);
  for (const take of [desk.tryTake.bind(desk), desk.take.bind(desk)]) {
    let gone = false;
    const taken = take("w.0", "first", () => gone);
    gone = true;
    const left = desk.leave("w.0");
    await assertRejects(async () => await taken, Error, "is gone");
    await left;
    assertEquals(desk.termOf("w.0"), 0);
    const next = await desk.tryTake("v.0", "next", isGone);
    assert(next !== undefined, "nobody holds it, and nobody can take it");
    await desk.release("v.0", next.term);
  }
});

engineTest("lock desk: who waits on a worker that is lost holds up nobody", async (program) => {
  await using rig = await ScriptRig.start(program);
  await rig.begin();
  const { connections, key } = rig;
  using desk = new LeaseLockClient(connections, key);
  const { term } = await desk.take("w.0", "first", isGone);
  for (const seat of ["v.0", "v.1", "w.1"]) await rig.call("lock", seat, seat, 5_000, 1);
  await connections.main.del(`${key}:beat:v`);
  await desk.release("w.0", term);
  assertEquals(await connections.main.hget(`${key}:lock`, "holder"), "w.1");
});

engineTest("lock desk: news of an earlier grant grants nothing", async (program) => {
  await using rig = await ScriptRig.start(program);
  await rig.begin();
  const { connections, key } = rig;
  using desk = new LeaseLockClient(connections, key);
  const old = await desk.take("w.0", "first", isGone);
  await desk.release("w.0", old.term);
  const other = await desk.take("v.0", "other", isGone);
  let hasIt = false;
  const again = desk.take("w.0", "first", isGone).then((grant) => (hasIt = true, grant));
  while (await connections.main.lpos(`${key}:waiting`, "w.0") === null) {
    await connections.main.ping();
  }
  desk.granted("w.0", old);
  await connections.main.ping();
  assertEquals(hasIt, false);
  await desk.release("v.0", other.term);
  assertEquals((await again).term, other.term + 1);
});

engineTest("state log: begins anew, for two followers at once", async (program) => {
  await using rig = await ScriptRig.start(program);
  const { connections, key } = rig;
  const begun = SharedState.create();
  begun.setResult("a", { list: [1] });
  begun.setResult("b", 2);
  begun.setResult("c", 3);
  begun.replica.restartLog();
  const snapshot = begun.replica.takeSnapshot();
  await rig.call("claim", "driver", 5_000);
  await rig.call("open", "driver", 5_000, 60_000, "{}", begun.replica.nextBlock, snapshot);
  let isOver = false;
  const sides = [0, 1].map((at) => {
    const state = SharedState.create();
    state.replica.loadSnapshot(snapshot);
    const follower = new Follower(state, 0);
    const read = readStreams(connections.another(), [{
      key: `${key}:log`,
      from: "0-0",
      take: (id, fields) => follower.take(logEntryOf(id, fields)),
    }], () => isOver);
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
      { sender: `w.${at}`, count, task: "", token: "", term: 0 },
      { growth, shrinks: false, place: undefined },
      batch,
    );
  const removal = (name: string) => encodeResultRemoval(begun.replica, name)!;
  await connections.main.hset(`${key}:run`, "bound", STATE_BYTES);
  // It does not fit even then; that says nothing about what comes later.
  await assertRejects(() => drop(0, 1, STATE_BYTES - 1, removal("a")), StateFullError);
  await drop(0, 2, 1, removal("a"));
  await connections.main.hset(`${key}:run`, "bound", STATE_BYTES);
  await Promise.all([drop(0, 3, 1, removal("b")), drop(1, 1, 1, removal("c"))]);
  const place = Number(await connections.main.hget(`${key}:run`, "count"));
  for (const { follower } of sides) await follower.reach(place);
  isOver = true;
  await Promise.all(sides.map(({ read }) => read));
  const [one, two] = sides.map(({ state }) => state.replica.takeSnapshot());
  assertEquals(one, two);
  assertEquals(Object.keys(sides[0]!.state.sanitized().results as object), []);
  // The base is where it began anew: who joins now begins there.
  assert(Number(await connections.main.hget(`${key}:base`, "place")) >= 1);
  assert(Number(await connections.main.hget(`${key}:run`, "bound")) < 10_000);
});
