/**
 * Runs several threads of real code on one, in every order their atomic steps can take.
 *
 * While a thread runs, the methods of `Atomics` and the clock are replaced: each call of the former is a
 * scheduling point. The code takes them as they are when it is loaded, so this has to be imported before it. A thread
 * cannot be suspended in the middle of ordinary code, but it does the same again when it sees the
 * same again: so it is run from its start, is given the results its steps had before, does one more
 * step, and is cut off by a throw where the next would be. What a thread has seen is a node in a
 * tree; a state is a node for each thread, the memory, and who sleeps. Each state is explored once.
 *
 * Each thread has memory of its own, for ordinary reads and writes. What it wrote reaches the others
 * with its next atomic step; what others wrote reaches it when `fetches` says so of a step, by
 * default each. So code that relies on a lock for its ordinary memory is run as the language promises.
 *
 * A sleep lasts until somebody wakes the thread, however long: a lost wake-up is a deadlock here. A
 * spinning thread sees the same value until it gives up. Time stands still, but for the impatient.
 */

/** What is explored. */
export interface Model {
  /** The memory at the beginning. */
  readonly memory: Uint8Array;
  /** The threads. Each is called again and again, and must begin anew each time. */
  readonly threads: readonly ((memory: SharedArrayBuffer) => unknown)[];
  /** Looks at an end: what each thread returned, or the error it threw. */
  readonly check: (words: Int32Array, outcomes: readonly unknown[]) => void;
  /** Threads for which each look at the clock comes ten milliseconds later. */
  readonly impatient?: readonly number[];
  /** Threads whose sleep may time out, once, where nothing else goes on. */
  readonly timeouts?: readonly number[];
  /** Whether a step that took place brings what others wrote to the thread's ordinary memory. */
  readonly fetches?: (step: Step, result: unknown) => boolean;
  /** Words that are looked at by atomic steps, and written by none: each look at them is a step. */
  readonly plain?: readonly number[];
  /** A thread that could go on is left for another so many times at most. */
  readonly preemptions?: number;
  /** The length to which shared memory may grow. */
  readonly maxBytes?: number;
}

/** How much was explored. */
export interface Explored {
  readonly states: number;
  readonly steps: number;
  /** How many orders of steps there are. */
  readonly schedules: number;
  readonly ends: number;
}

/** An atomic step a thread is about to take. */
export interface Step {
  readonly op: "load" | "store" | "add" | "exchange" | "compareExchange" | "wait" | "notify";
  readonly index: number;
  readonly args: readonly number[];
}

/** What a thread has seen so far, and what it does next. */
export interface Node {
  readonly id: number;
  readonly parent: Node | undefined;
  readonly result: unknown;
  /** What its ordinary memory was set to after the step; undefined: it was left as it was. */
  readonly image: Uint8Array | undefined;
  readonly children: Map<string, Node>;
  next: Step | undefined;
  /** Its ordinary writes since the last step: pairs of a byte's place and value. */
  writes: number[];
  outcome: unknown;
}

const CUT = { name: "Cut" };

const { load, store, add, exchange, compareExchange, wait, waitAsync, notify, pause } = Atomics;
const real = { load, store, add, exchange, compareExchange, wait, waitAsync, notify, pause };
type Steps = { readonly [Name in keyof typeof real]: (...args: never[]) => unknown };
/** What `Atomics` does now. */
let steps: Steps = real;
for (const name of Object.keys(real) as (keyof typeof real)[]) {
  Object.assign(Atomics, { [name]: (...args: never[]) => steps[name](...args) });
}
const realNow = performance.now.bind(performance);
let clock: () => number = realNow;
performance.now = () => clock();

/** One thread of a model: its program and the tree of what it may have seen. */
export class Simulated {
  readonly root: Node;
  readonly #program: (memory: SharedArrayBuffer) => unknown;
  readonly #start: Uint8Array;
  readonly #impatient: boolean;
  readonly #maxBytes: number;
  readonly #written: ReadonlySet<number>;
  #nodes = 0;

  /** @param written The words that may change. A look at any other is no step. */
  constructor(model: Model, index: number, written: ReadonlySet<number>) {
    this.#written = written;
    this.#program = model.threads[index]!;
    this.#start = model.memory;
    this.#impatient = model.impatient?.includes(index) ?? false;
    this.#maxBytes = Math.max(model.maxBytes ?? 0, model.memory.length);
    this.root = this.#node(undefined, undefined, undefined);
    this.#run(this.root);
  }

  /** What the thread does after `node` when its step gave `result`. */
  after(node: Node, result: unknown, image: Uint8Array | undefined): Node {
    const key = image === undefined ? String(result) : `${result} ${fingerprint(image)}`;
    const known = node.children.get(key);
    if (known !== undefined) return known;
    const child = this.#node(node, result, image && image.slice());
    node.children.set(key, child);
    this.#run(child);
    return child;
  }

  #node(parent: Node | undefined, result: unknown, image: Uint8Array | undefined): Node {
    const id = this.#nodes++;
    const next = undefined;
    return { id, parent, result, image, children: new Map(), next, writes: [], outcome: next };
  }

  /** Runs the program up to the node, and on to the step after it. */
  #run(node: Node): void {
    const path: Node[] = [];
    for (let at: Node = node; at.parent !== undefined; at = at.parent) path.push(at);
    const memory = new SharedArrayBuffer(this.#start.length, { maxByteLength: this.#maxBytes });
    const bytes = new Uint8Array(memory, 0, this.#start.length);
    const initial = new Int32Array(this.#start.buffer);
    let base = this.#start;
    bytes.set(base);
    let [cut, clock, spun] = [
      false,
      0,
      undefined as { index: number; result: unknown } | undefined,
    ];
    const step = (op: Step["op"], index: number, ...args: number[]): unknown => {
      if (cut) throw CUT;
      if (op === "load" && !this.#written.has(index)) return initial[index];
      const again = spun;
      spun = undefined;
      if (op === "load" && again?.index === index) return again.result;
      const seen = path.pop();
      if (seen === undefined) {
        node.next = { op, index, args };
        node.writes = differences(base, bytes);
        cut = true;
        throw CUT;
      }
      if (seen.image !== undefined) bytes.set(base = seen.image);
      else if (path.length === 0) base = bytes.slice();
      lastLoad = op === "load" ? { index, result: seen.result } : undefined;
      return seen.result;
    };
    let lastLoad: { index: number; result: unknown } | undefined;
    const pause = () => void (spun = lastLoad);
    const now = () => {
      spun = undefined;
      return this.#impatient ? clock += 10 : clock;
    };
    using _patched = patch(memory, step, pause, now);
    try {
      node.outcome = this.#program(memory);
    } catch (error) {
      node.outcome = error;
    }
    if (!cut) node.writes = differences(base, bytes);
  }
}

function patch(
  memory: SharedArrayBuffer,
  step: (op: Step["op"], index: number, ...args: number[]) => unknown,
  pause: () => void,
  now: () => number,
): Disposable {
  const one = (op: Step["op"]) => (_: Int32Array, index: number, ...args: number[]) =>
    step(op, index, ...args);
  steps = {
    load: one("load"),
    store: one("store"),
    add: one("add"),
    exchange: one("exchange"),
    compareExchange: one("compareExchange"),
    // A nap is a sleep on memory of nobody's: who naps looks, and looks again.
    wait: (words: Int32Array, index: number, value: number) =>
      words.buffer === memory ? step("wait", index, value) : pause(),
    // Who sleeps with its event loop turning sleeps as well: what it does then, no model does.
    waitAsync: (_: Int32Array, index: number, value: number) => {
      return { async: false, value: step("wait", index, value) };
    },
    notify: (_: Int32Array, index: number, count = Infinity) => step("notify", index, count),
    pause,
  };
  clock = now;
  return {
    [Symbol.dispose]() {
      steps = real;
      clock = realNow;
    },
  };
}

function differences(from: Uint8Array, to: Uint8Array): number[] {
  const found: number[] = [];
  for (let at = 0; at < from.length; at++) if (from[at] !== to[at]) found.push(at, to[at]!);
  return found;
}

/** Two different hashes in one number. */
export function fingerprint(bytes: Uint8Array): number {
  const words = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >> 2);
  let [one, two] = [17, 91];
  for (let at = 0; at < words.length; at++) {
    one = Math.imul(one ^ words[at]!, 0x01000193) + at | 0;
    two = Math.imul(two + words[at]!, 0x2c1b3c6d) ^ (two >>> 15);
  }
  return (one >>> 0) * 0x20_0000 + (two >>> 11);
}
