/** Explores all states of a {@linkcode Model} of interleave.ts. */
import { type Explored, fingerprint, type Model, type Node, Simulated } from "./interleave.ts";

/** A moment between two steps. */
interface Moment {
  readonly memory: Uint8Array;
  readonly nodes: readonly Node[];
  /** The sleeping threads, in the order in which they fell asleep. */
  readonly asleep: readonly number[];
  /** The threads that were woken, and have not run since. */
  readonly woken: readonly number[];
  readonly timedOut: readonly number[];
  readonly last: number;
  readonly preemptions: number;
  /** The steps up to this moment, for an error. */
  readonly story: Story | undefined;
}

interface Story {
  readonly line: string;
  readonly before: Story | undefined;
}

/** Maximum number of steps of a correct model: more mean that a thread never ends. */
const LONGEST = 500;

/** An order of steps that goes wrong. */
export class Counterexample extends Error {
  override name = "Counterexample";
}

/** Explores every order of the steps of a model's threads. Throws a {@linkcode Counterexample}. */
export function explore(model: Model): Explored {
  const written = new Set<number>(model.plain);
  for (;;) {
    const explored = exploreKnowing(written, model);
    if (explored !== undefined) return explored;
  }
}

/**
 * Explores until a word changes that was taken for constant: adds the word to `written`, and
 * returns undefined, so that the caller restarts.
 */
function exploreKnowing(written: Set<number>, model: Model): Explored | undefined {
  const threads = model.threads.map((_, index) => new Simulated(model, index, written));
  /** The number of interleavings that continue from each state. */
  const known = new Map<string, number>();
  let [steps, ends, learnt] = [0, 0, false];
  const visit = (moment: Moment, length: number): number => {
    if (length > LONGEST) throw wrong(moment, new Error(`No end after ${LONGEST} steps`));
    const key = keyOf(moment, model.preemptions !== undefined);
    const before = known.get(key);
    if (before !== undefined) return before;
    const able = enabled(moment, model);
    let schedules = 0;
    if (able.length === 0) {
      checkEnd(moment, model);
      [schedules, ends] = [1, ends + 1];
    }
    for (const thread of able) {
      const preempts = thread !== moment.last && able.includes(moment.last) ? 1 : 0;
      if (moment.preemptions + preempts > (model.preemptions ?? Infinity)) continue;
      steps++;
      const { op, index } = moment.nodes[thread]!.next!;
      if (op !== "load" && op !== "wait" && op !== "notify" && !written.has(index)) {
        written.add(index);
        learnt = true;
      }
      if (learnt) return 0;
      schedules += visit(take(moment, thread, preempts, threads, model), length + 1);
    }
    known.set(key, schedules);
    return schedules;
  };
  const schedules = visit({
    memory: model.memory.slice(),
    nodes: threads.map(({ root }) => root),
    asleep: [],
    woken: [],
    timedOut: [],
    last: -1,
    preemptions: 0,
    story: undefined,
  }, 0);
  return learnt ? undefined : { states: known.size, steps, schedules, ends };
}

function keyOf(moment: Moment, bounded: boolean): string {
  const { memory, nodes, asleep, woken, timedOut, last, preemptions } = moment;
  const ids = nodes.map(({ id }) => id).join();
  const rest = bounded ? `${last} ${preemptions}` : "";
  return `${ids}|${asleep}|${woken}|${timedOut}|${fingerprint(memory)}|${rest}`;
}

function enabled({ nodes, asleep, timedOut }: Moment, model: Model): number[] {
  const unfinished = nodes.flatMap(({ next }, thread) => next === undefined ? [] : [thread]);
  const able = unfinished.filter((thread) => !asleep.includes(thread));
  if (able.length > 0) return able;
  return unfinished.filter((thread) =>
    model.timeouts?.includes(thread) && !timedOut.includes(thread)
  );
}

function take(
  moment: Moment,
  thread: number,
  preempts: number,
  threads: readonly Simulated[],
  model: Model,
): Moment {
  const memory = moment.memory.slice();
  const node = moment.nodes[thread]!;
  const { op, index, args } = node.next!;
  for (let at = 0; at < node.writes.length; at += 2) {
    memory[node.writes[at]!] = node.writes[at + 1]!;
  }
  const words = new Int32Array(memory.buffer);
  let { asleep, woken, timedOut } = moment;
  let result: unknown;
  const line = `thread ${thread}: ${op}(${[index, ...args]})`;
  if (op === "wait") {
    const [isWoken, isTimedOut] = [woken.includes(thread), asleep.includes(thread)];
    if (!isWoken && !isTimedOut && words[index] === args[0]) {
      const story = { line: `${line} falls asleep`, before: moment.story };
      asleep = [...asleep, thread];
      const preemptions = moment.preemptions + preempts;
      return { ...moment, memory, asleep, last: thread, preemptions, story };
    }
    result = isWoken ? "ok" : isTimedOut ? "timed-out" : "not-equal";
    [woken, asleep] = [woken, asleep].map((list) => list.filter((one) => one !== thread)) as [
      number[],
      number[],
    ];
    if (isTimedOut) timedOut = [...timedOut, thread];
  } else if (op === "notify") {
    const here = asleep.filter((one) => moment.nodes[one]!.next!.index === index);
    const called = here.slice(0, args[0]);
    asleep = asleep.filter((one) => !called.includes(one));
    woken = [...woken, ...called].toSorted();
    result = called.length;
  } else {
    result = perform(words, op, index, args);
  }
  const fetch = model.fetches?.(node.next!, result) ?? true;
  const nodes = moment.nodes.with(
    thread,
    threads[thread]!.after(node, result, fetch ? memory : undefined),
  );
  const story = { line: `${line} -> ${result}`, before: moment.story };
  const preemptions = moment.preemptions + preempts;
  return settle(
    { memory, nodes, asleep, woken, timedOut, last: thread, preemptions, story },
    thread,
  );
}

/** Publishes the ordinary writes of a thread that has ended. */
function settle(moment: Moment, thread: number): Moment {
  const { next, writes } = moment.nodes[thread]!;
  if (next !== undefined) return moment;
  for (let at = 0; at < writes.length; at += 2) moment.memory[writes[at]!] = writes[at + 1]!;
  return moment;
}

function perform(words: Int32Array, op: string, index: number, args: readonly number[]): number {
  const old = words[index]!;
  const [first = 0, second = 0] = args;
  if (op === "store" || op === "exchange") words[index] = first;
  else if (op === "add") words[index] = old + first;
  else if (op === "compareExchange" && old === first) words[index] = second;
  return op === "store" ? first : old;
}

function checkEnd(moment: Moment, model: Model): void {
  const stuck = moment.nodes.flatMap(({ next }, thread) => next === undefined ? [] : [thread]);
  try {
    if (stuck.length > 0) throw new Error(`Threads ${stuck} sleep for ever`);
    model.check(
      new Int32Array(moment.memory.slice().buffer),
      moment.nodes.map((node) => node.outcome),
    );
  } catch (error) {
    throw wrong(moment, error as Error);
  }
}

function wrong({ story }: Moment, cause: Error): Counterexample {
  const lines: string[] = [];
  for (let at = story; at !== undefined; at = at.before) lines.unshift(at.line);
  return new Counterexample(`${cause.message}\n${lines.join("\n")}`, { cause });
}
