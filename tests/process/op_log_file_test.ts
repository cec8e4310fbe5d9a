import { assert, assertEquals, assertThrows } from "@std/assert";
import { OpLogFile } from "../../src/process/op_log_file.ts";
import { OpLogReader, RecordType } from "../../src/process/op_log_records.ts";
import { SharedState } from "../../src/state/shared_state.ts";
import { digest, forceSnapshots } from "../state/replicas.ts";
import { RemoteStates } from "./remote_states.ts";

Deno.test("OpLogFile removes files that all readers have read, and late readers catch up", () => {
  const shared = SharedState.create({ initialBytes: 32 * 1024 });
  using remote = new RemoteStates(shared, 100_000);
  const { root } = shared;
  root.list = [];
  const early = remote.join("early");
  let most = 0;
  for (let round = 0; round < 20; round++) {
    root.list.push({ round, text: "x".repeat(500) });
    forceSnapshots(shared, 2);
    early.state.root.list[0].seen = round;
    most = Math.max(most, remote.log.fileCount);
    const late = remote.join("late");
    assertEquals(digest(late.state.root), digest(root));
    late.session.close();
  }
  assertEquals(root.list[0].seen, 19);
  assert(remote.log.position > 500_000, `${remote.log.position}`);
  assert(most <= 2, `${most} files`);
  const files = [...Deno.readDirSync(remote.folder)].map(({ name }) => name);
  assertEquals(files.length, remote.log.fileCount);
});

Deno.test("OpLogFile keeps files until a slow reader has read them", () => {
  const shared = SharedState.create({ initialBytes: 32 * 1024 });
  using remote = new RemoteStates(shared, 50_000);
  const slow = remote.join("slow");
  forceSnapshots(shared, 20);
  assert(remote.log.fileCount > 2);
  shared.root.last = 1;
  assertEquals(digest(slow.state.root), digest(shared.root));
  assertEquals(remote.log.fileCount, 1);
});

Deno.test("OpLogFile allows the log to restart without a snapshot when it has no reader", () => {
  const shared = SharedState.create({ initialBytes: 32 * 1024 });
  using remote = new RemoteStates(shared);
  const text = "x".repeat(2000);
  for (let i = 0; i < 2000; i++) shared.root.last = `${text}${i}`;
  const { restarts, snapshots } = shared.bytes;
  assert(restarts > 100 && snapshots === 0, `${restarts} restarts, ${snapshots} snapshots`);
  const { state } = remote.join("late");
  for (let i = 0; i < 2000; i++) shared.root.last = `${i}${text}`;
  assertEquals(shared.bytes.restarts, restarts, "it does so while nobody is there");
  assertEquals(digest(state.root), digest(shared.root));
});

Deno.test("OpLogFile keeps at most two files when a reader syncs after each snapshot", () => {
  const shared = SharedState.create({ initialBytes: 32 * 1024 });
  using remote = new RemoteStates(shared, 50_000);
  const idle = remote.join("idle");
  let rotations = 0;
  remote.log.onRotate = () => rotations++;
  for (let round = 0; round < 20; round++) {
    forceSnapshots(shared);
    idle.state.replica.cursor.sync();
    assert(remote.log.fileCount <= 2, `${remote.log.fileCount} files`);
  }
  assert(rotations > 3, `${rotations}`);
});

Deno.test("OpLogReader.next() reads a record again when a read was interrupted", () => {
  const folder = Deno.makeTempDirSync({ prefix: "thread-order-" });
  const { readSync } = Deno.FsFile.prototype;
  try {
    using log = Object.assign(new OpLogFile(folder), { [Symbol.dispose]: () => log.close() });
    const reader = new OpLogReader(folder, log.addReader(0), () => {});
    const next = () => {
      const { type, content } = reader.next()!;
      reader.isApplied = true;
      return [type, ...content];
    };
    log.append(Uint8Array.of(1, 2, 3));
    assertEquals(next(), [RecordType.BATCH, 1, 2, 3]);
    log.append(Uint8Array.of(4, 5, 6));
    let reads = 0;
    Deno.FsFile.prototype.readSync = function (bytes) {
      const count = readSync.call(this, reads++ === 0 ? bytes.subarray(0, 6) : bytes);
      if (reads === 2) throw new RangeError("out of stack");
      return count;
    };
    assertThrows(() => reader.next(), RangeError);
    assertEquals(next(), [RecordType.BATCH, 4, 5, 6]);
    assertEquals(reader.next(), undefined);
  } finally {
    Deno.FsFile.prototype.readSync = readSync;
    Deno.removeSync(folder, { recursive: true });
  }
});

Deno.test("RemoteReplica repeats a write when the state it depends on has changed", () => {
  const shared = SharedState.create();
  using remote = new RemoteStates(shared);
  const { root } = remote.join("thread_0").state;
  shared.root.n = 1;
  shared.root.list = [3, 1, 2];
  shared.root.gone = { id: 1 };
  const { gone } = root;
  assertEquals(root.n, 1);

  remote.meanwhile = () => shared.root.n = 10;
  assertEquals(root.update("n", (n) => n + 1), 11);
  remote.meanwhile = () => shared.root.list.push(0);
  root.list.sort();
  assertEquals([...shared.root.list], [0, 1, 2, 3]);
  remote.meanwhile = () => {
    delete shared.root.gone;
    forceSnapshots(shared, 2); // only the other process still has the object
  };
  root.back = gone;
  assertEquals(shared.root.back.id, 1);
  assertEquals(remote.goneBy, 3);
});

Deno.test("RemoteReplica stays consistent when the stack overflows during a write", () => {
  const shared = SharedState.create({ initialBytes: 32 * 1024 });
  using remote = new RemoteStates(shared);
  const { root } = remote.join("thread_0").state;
  root.list = [];
  let count = 0;
  let caught = 0;
  /** Writes from where the stack ends, again and again on the way up. */
  const dive = (depth: number): void => {
    try {
      dive(depth + 1);
    } catch {
      caught++;
    }
    if (depth % 3 !== 0) return;
    try {
      shared.root.n = depth;
      root.list.push(count++);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
    }
  };
  const shifted = (by: number): void => by === 0 ? dive(0) : shifted(by - 1);
  for (let by = 0; by < 10; by++) {
    root.list.length = 0;
    shifted(by);
    root.list.push("last");
    assertEquals(digest(root), digest(shared.root));
    assertEquals(new Set(root.list).size, root.list.length);
  }
  assert(caught > 0);
});
