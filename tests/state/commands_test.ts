/** Model test: random operations by several replicas of a state and on a plain object. */
import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { SharedState } from "../../src/state/shared_state.ts";
import { digest, joining } from "./replicas.ts";

// deno-lint-ignore no-explicit-any -- values are whatever the commands put there
type Any = any;

/** The same values, plain. */
interface Plain {
  state: Any;
}

/** A state, its threads, and what each of them took hold of. */
interface Real {
  readonly shared: SharedState;
  readonly threads: SharedState[];
}

type Command = fc.Command<Plain, Real>;
const COUNT = 3;

function real(largeItems?: number): Real {
  const shared = SharedState.create({ initialBytes: 0, slots: COUNT + 2, largeItems });
  const join = () => joining.join(shared, shared.invite("t"), largeItems);
  const all = { shared, threads: Array.from({ length: COUNT }, join) };
  Object.assign(shared.root, start());
  return all;
}

function start(): Any {
  return { list: [{ id: 0 }], map: new Map(), set: new Set(), tree: { left: {}, right: {} } };
}

/** An operation on either: must return the same. Operands are numbers, which fit both. */
type Operation = (state: Any, a: number, b: number) => unknown;

const OPERATIONS: Record<string, Operation> = {
  assign: (state, a, b) => void (state[`key${a}`] = b % 3 ? b : { n: b, in: [b] }),
  delete: (state, a) => delete state[`key${a}`],
  alias: (state, a) => void (state[`key${a}`] = state.tree),
  cycle: (state, a) => void (state.tree[`up${a % 3}`] = state),
  swap: ({ tree }) => void ([tree.left, tree.right] = [tree.right, tree.left]),
  graft: ({ tree, list }, a) => void (tree.left = { old: tree.left, item: list[a] ?? null }),
  prune: ({ tree }) => void (tree.left = {}),
  push: ({ list }, a, b) => list.push({ id: a }, b),
  pop: ({ list }) => typeof list.pop(),
  shift: ({ list }) => typeof list.shift(),
  unshift: ({ list }, a) => list.unshift([a]),
  rotate: ({ list }) => list.push(list.shift()),
  splice: ({ list }, a, b) => list.splice(a - 3, b % 4, "x").length,
  sort: ({ list }) => void list.sort((x: Any, y: Any) => rank(x) - rank(y)),
  reverse: ({ list }) => void list.reverse(),
  fill: ({ list }, a, b) => void list.fill({ id: b }, a, a + 2),
  length: ({ list }, a) => void (list.length = a),
  hole: ({ list }, a) => delete list[a],
  mark: ({ list }, a, b) => list.filter((item: Any) => item?.id === a).map((x: Any) => x.m = b),
  mapSet: ({ map, list }, a, b) => map.set(b % 2 ? a : list[0], list[a]).size,
  mapDelete: ({ map }, a) => map.delete(a),
  mapClear: ({ map }, a) => a === 0 ? map.clear() : undefined,
  setAdd: ({ set, list }, a) => set.add(list[a] ?? a).size,
  setDelete: ({ set }, a) => set.delete(a),
  long: (state, a) => void (state.long = "x".repeat(a * 60)),
  update: (state, a, b) =>
    state.update(`n${a % 4}`, (n = 0) => (typeof n === "number" ? n : 0) + b),
};

/** A comparator must be consistent, or what it comes to is the engine's choice. */
function rank(item: Any): number {
  return Number(item?.id ?? item) || 0;
}

class Do implements Command {
  constructor(
    readonly name: string,
    readonly who: number,
    readonly a: number,
    readonly b: number,
  ) {}

  check = () => true;

  run(plain: Plain, { threads }: Real): void {
    const operation = OPERATIONS[this.name]!;
    const wanted = operation(plain.state, this.a, this.b);
    assertEquals(operation(threads[this.who]!.root, this.a, this.b), wanted);
  }

  toString = () => `${this.name}(${this.a}, ${this.b}) by ${this.who}`;
}

/** All read everything, and are equal, and so is a thread that joins now. */
class Quiet implements Command {
  check = () => true;

  run(plain: Plain, { shared, threads }: Real): void {
    const wanted = digest(plain.state);
    const late = joining.join(shared, shared.invite("late"));
    for (const each of [shared, ...threads, late]) assertEquals(digest(each.root), wanted);
    late.leave();
  }

  toString = () => "quiet";
}

/** A thread ends, and another comes in its place. */
class Replace implements Command {
  constructor(readonly who: number) {}

  check = () => true;

  run(_: Plain, { shared, threads }: Real): void {
    threads[this.who]!.leave();
    threads[this.who] = joining.join(shared, shared.invite("t"));
  }

  toString = () => `replace(${this.who})`;
}

const who = fc.nat(COUNT - 1);
const doing = fc.tuple(fc.constantFrom(...Object.keys(OPERATIONS)), who, fc.nat(8), fc.nat(20))
  .map(([name, who, a, b]) => new Do(name, who, a, b));

Deno.test("SharedState agrees with a plain object after any operations by any threads", () => {
  assertAgreement(450);
});

Deno.test("SharedState agrees with a plain object when it packs every value of the root", () => {
  assertAgreement(150, 0);
});

function assertAgreement(numRuns: number, largeItems?: number): void {
  const commands = fc.commands<Plain, Real>([
    doing,
    doing,
    doing,
    fc.constant(new Quiet()),
    who.map((one) => new Replace(one)),
  ], { maxCommands: 100, size: "max" });
  let snapshots = 0;
  fc.assert(
    fc.property(commands, (commands) => {
      const both = { model: { state: plainState() }, real: real(largeItems) };
      fc.modelRun(() => both, [...commands, new Quiet()]);
      snapshots += both.real.shared.bytes.snapshots;
    }),
    { numRuns },
  );
  assertEquals(snapshots > numRuns / 2, true, `the log restarted ${snapshots} times`);
}

/** The state as it would be in one heap; `update` as it would be there. */
function plainState(): Any {
  const state = { results: {}, ...start() };
  const update = (key: string, fn: (value: unknown) => unknown) => state[key] = fn(state[key]);
  return Object.defineProperty(state, "update", { value: update, enumerable: false });
}
