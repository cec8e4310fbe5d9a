/** Tests of stack overflows: each call of a write fails once, and all replicas must be equal. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { Mutex } from "../../src/sync/mutex.ts";
import { ByteReader } from "../../src/state/log/byte_reader.ts";
import { Decoder } from "../../src/state/log/decoder.ts";
import { OpLog } from "../../src/state/log/op_log.ts";
import { LogCursor } from "../../src/state/replica/log_cursor.ts";
import { ObjectTable } from "../../src/state/replica/object_table.ts";
import { Replica } from "../../src/state/replica/replica.ts";
import { SharedState } from "../../src/state/shared_state.ts";
import { digest } from "../state/replicas.ts";

type Root = SharedState["root"];
type Method = (this: unknown, ...args: unknown[]) => unknown;

const CLASSES = [Mutex, ByteReader, Decoder, OpLog, ObjectTable, LogCursor, Replica];

/** Lets the nth call of a method of these classes fail as it does without stack. */
function failAt(count: number): Disposable & { readonly failed: boolean } {
  let calls = 0;
  using undo = new DisposableStack();
  for (const { prototype } of CLASSES as unknown as { prototype: Record<string, Method> }[]) {
    for (const [name, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
      const method = descriptor.value as Method | undefined;
      if (name === "constructor" || typeof method !== "function") continue;
      const value: Method = function (...args) {
        if (++calls === count) throw new RangeError("Maximum call stack size exceeded");
        return method.apply(this, args);
      };
      Object.defineProperty(prototype, name, { ...descriptor, value });
      undo.defer(() => Object.defineProperty(prototype, name, descriptor));
    }
  }
  const kept = undo.move();
  return {
    get failed() {
      return calls >= count;
    },
    [Symbol.dispose]: () => kept.dispose(),
  };
}

/** Two threads that have read everything, in a log that holds nothing of what was before. */
function pair() {
  const shared = SharedState.create({ initialBytes: 16 * 1024 });
  const other = SharedState.join(shared.invite("thread_0"), { mayBlock: false });
  const { root } = shared;
  Object.assign(root, { list: [3, 1, { n: 2 }, [], , 5], map: new Map([[3, 1]]), set: new Set() });
  while (shared.bytes.restarts === 0) {
    root.n = 0;
    other.catchUp();
  }
  other.catchUp();
  return { shared, other, root };
}

const WRITES: Record<string, (root: Root) => unknown> = {
  assign: (root) => root.n = 1,
  "assign an object": (root) => root.value = { a: { b: [1, "two"] }, c: new Date(0) },
  push: (root) => root.list.push("x", { n: 1 }),
  "push of many": (root) => root.list.push(...new Array(1100).fill(1)),
  "unshift of many": (root) => root.list.unshift(...new Array(1100).fill(1)),
  splice: (root) => root.list.splice(1, 2, "x", [1]),
  "splice of many": (root) => root.list.splice(1, 2, ...new Array(1100).fill(2)),
  "pop, shift": (root) => [root.list.pop(), root.list.shift()],
  "reverse, sort, fill": (root) => root.list.reverse().sort().fill(0, 0, 1),
  "Map and Set": (root) => (root.map.set("a", { n: 1 }), root.map.delete(3), root.set.add(1)),
};

for (const [what, write] of Object.entries(WRITES)) {
  for (const who of ["the writer", "a reader"]) {
    Deno.test(`SharedState stays consistent when ${who}'s stack overflows in: ${what}`, () => {
      let tears = 0;
      // Of thousands of calls that do the same, some are enough.
      for (let call = 1;; call += call < 120 ? 1 : 997) {
        const { shared, other, root } = pair();
        if (who === "a reader") write(root);
        using failing = failAt(call);
        try {
          if (who === "a reader") other.catchUp();
          else write(root);
        } catch (error) {
          assert(error instanceof RangeError, String(error));
          tears++;
        }
        failing[Symbol.dispose]();
        if (!failing.failed) break;
        // The end of a task: a lock that could not be given back is given back now.
        (who === "a reader" ? other : shared).releaseLeaked();
        root.after = call;
        assertEquals(other.root.after, call);
        assertEquals(digest(other.root), digest(root));
        const late = SharedState.join(shared.invite("late"));
        assertEquals(digest(late.root), digest(root));
      }
      assert(tears >= 5, `${tears}`);
    });
  }
}

Deno.test("failAt() makes the given call throw a RangeError", () => {
  const { root } = pair();
  using _failing = failAt(1);
  assertThrows(() => root.n = 5, RangeError);
});
