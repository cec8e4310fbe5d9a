/**
 * Explicit-state model checking of real code: executes several simulated threads on one thread, in
 * every interleaving of their atomic steps.
 *
 * While a simulated thread runs, the methods of `Atomics` and the clock are replaced, and each
 * call of `Atomics` is a scheduling point. The code captures these methods when it is loaded, so
 * this module has to be imported first. A thread cannot be suspended inside ordinary code, but it
 * is deterministic: it runs from its start, gets the results of its earlier steps, takes one more
 * step, and is cut off by an exception at the next one. The results that a thread has seen are a
 * node in a tree; a state consists of a node for each thread, the memory, and the sleeping
 * threads. Each state is explored once.
 *
 * Each thread has its own memory for ordinary reads and writes. Its writes reach the other threads
 * with its next atomic step; writes of others reach it at each step, or at those that `fetches`
 * selects. So code that protects ordinary memory with a lock sees what the language guarantees.
 *
 * A sleep lasts until another thread wakes this one: a lost wakeup is a deadlock here. A spinning
 * thread sees the same value until its time limit. Time stands still, except for the threads in
 * `impatient`.
 */

/** A model: the memory, the threads that share it, and the check of each end. */
export interface Model {
  /** The memory at the beginning. */
  readonly memory: Uint8Array;
  /** The threads. Each function is called many times, and must start from scratch each time. */
  readonly threads: readonly ((memory: SharedArrayBuffer) => unknown)[];
  /** Checks an end: the value that each thread returned, or the error that it threw. */
  readonly check: (words: Int32Array, outcomes: readonly unknown[]) => void;
  /** Threads for which the clock advances by ten milliseconds at each read. */
  readonly impatient?: readonly number[];
  /** Threads whose sleep may time out, once, when no thread can run. */
  readonly timeouts?: readonly number[];
  /** Whether a step updates the thread's ordinary memory with the writes of other threads. */
  readonly fetches?: (step: Step, result: unknown) => boolean;
  /** Words that atomic steps only read: each read of them is a scheduling point all the same. */
  readonly plain?: readonly number[];
  /** Maximum number of preemptions: switches from a thread that could continue. */
  readonly preemptions?: number;
  /** The length to which shared memory may grow. */
  readonly maxBytes?: number;
}

/** The extent of an exploration. */
export interface Explored {
  readonly states: number;
  readonly steps: number;
  /** The number of interleavings. */
  readonly schedules: number;
  readonly ends: number;
}

/** An atomic step a thread is about to take. */
export interface Step {
  readonly op: "load" | "store" | "add" | "exchange" | "compareExchange" | "wait" | "notify";
  readonly index: number;
  readonly args: readonly number[];
}

/** The results that a thread has seen so far, and its next step. */
export interface Node {
  readonly id: number;
  readonly parent: Node | undefined;
  readonly result: unknown;
  /** The thread's ordinary memory after the step; undefined if the step did not update it. */
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
/** The current implementation of `Atomics`. */
let steps: Steps = real;
for (const name of Object.keys(real) as (keyof typeof real)[]) {
  Object.assign(Atomics, { [name]: (...args: never[]) => steps[name](...args) });
}
const realNow = performance.now.bind(performance);
let clock: () => number = realNow;
performance.now = () => clock();

/** A thread of a model: its program, and the tree of the results that it may have seen. */
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

  /** The node after `node` when its step returned `result`. */
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
    // A sleep on memory outside of the model is a pause in a loop that polls.
    wait: (words: Int32Array, index: number, value: number) =>
      words.buffer === memory ? step("wait", index, value) : pause(),
    // A thread that waits while its event loop turns is a sleeping thread: no model uses the loop.
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
