/** Storage and streaming of events: without gaps and duplicates. */
import { assert, assertEquals } from "@std/assert";
import { EventFeed } from "../../src/gui/event_feed.ts";
import { ChangeNotifier } from "../../src/gui/change_notifier.ts";
import type { RunInfo, RunRequest } from "../../src/gui/ui_protocol.ts";
import { RunRegistry, type StartedRun } from "../../src/gui/run_registry.ts";
import { createEventStream } from "../../src/gui/create_event_stream.ts";

const REQUEST: RunRequest = {
  module: "build.ts",
  workers: null,
  tags: "",
  names: [],
  skipDependents: true,
  log: false,
  state: { large: "x".repeat(1000) },
  mocks: {},
  rerunFailed: false,
};
const END = { code: 0, signal: null, output: "", state: { done: true } };

/** A session with one run, whose events a test publishes. */
class Rig {
  readonly runs = new RunRegistry();
  readonly #lines = new TransformStream<string>(undefined, undefined, { highWaterMark: 1e6 });
  readonly #writer = this.#lines.writable.getWriter();
  readonly #end = Promise.withResolvers<typeof END>();
  cancels = 0;

  async start(): Promise<RunInfo> {
    const run: StartedRun = {
      lines: this.#lines.readable,
      ended: this.#end.promise,
      cancel: () => this.cancels++,
    };
    return await this.runs.start(REQUEST, () => Promise.resolve(run));
  }

  publish(from: number, to: number, more: Record<string, unknown> = {}): void {
    for (let seq = from; seq < to; seq++) {
      void this.#writer.write(JSON.stringify({ seq, ...more }));
    }
  }

  finish(): void {
    void this.#writer.close();
    this.#end.resolve(END);
  }

  watch(seen = -1): Watcher {
    return new Watcher(createEventStream(this.runs, { feed: this.runs.feed(1), seen }));
  }
}

interface Message {
  readonly id: number;
  readonly event: string;
  // deno-lint-ignore no-explicit-any
  readonly data: any;
}

/** Reads server-sent events. */
class Watcher {
  readonly messages: Message[] = [];
  readonly #reader: ReadableStreamDefaultReader<string>;
  #rest = "";

  constructor(stream: ReadableStream<Uint8Array>) {
    this.#reader = stream.pipeThrough(new TextDecoderStream() as ReadableWritablePair).getReader();
  }

  get seqs(): number[] {
    const events = this.messages.filter(({ event }) => event === "message");
    return events.flatMap(({ data }) => data.map(({ seq }: { seq: number }) => seq));
  }

  /** Reads until a message matches, or the stream ends. Returns the message. */
  async until(isIt: (message: Message) => boolean): Promise<Message | undefined> {
    for (;;) {
      const found = this.messages.findLast(isIt);
      if (found) return found;
      const { value, done } = await this.#reader.read();
      if (done) return undefined;
      const parts = (this.#rest + value).split("\n\n");
      this.#rest = parts.pop()!;
      for (const part of parts) this.#take(part);
    }
  }

  /** Disconnects. */
  async leave(): Promise<void> {
    await this.#reader.cancel();
  }

  #take(part: string): void {
    const field = (name: string) => new RegExp(`^${name}: (.*)$`, "m").exec(part)?.[1];
    const data = field("data");
    if (data === undefined) return;
    this.messages.push({
      id: Number(field("id")),
      event: field("event") ?? "message",
      data: JSON.parse(data),
    });
  }
}

const isEnd = ({ event }: Message) => event === "end";
const isEvents = ({ event }: Message) => event === "message";
const upTo = (count: number) => Array.from({ length: count }, (_, seq) => seq);

Deno.test("createEventStream() sends pending events as one message with the last seq as id", async () => {
  const rig = new Rig();
  await rig.start();
  rig.publish(0, 100);
  const watcher = rig.watch();
  const message = await watcher.until(isEvents);
  assertEquals([message?.id, message?.data.length], [99, 100]);
  rig.finish();
  await watcher.until(isEnd);
  await watcher.leave();
});

Deno.test("createEventStream() sends missed events to the end after a reconnect", async () => {
  const rig = new Rig();
  await rig.start();
  rig.publish(0, 50);
  const before = rig.watch();
  const { id } = (await before.until(isEvents))!;
  await before.leave();
  rig.publish(50, 80);
  const after = rig.watch(id);
  await after.until(isEvents);
  rig.publish(80, 120);
  rig.finish();
  const end = await after.until(isEnd);
  assertEquals([...before.seqs, ...after.seqs], upTo(120));
  const { isCancelled, endedAt, ...rest } = end?.data;
  assertEquals([rest, isCancelled], [END, false]);
  assert(Date.now() - Date.parse(endedAt) < 60_000);
  await after.leave();
});

Deno.test("createEventStream() sends the same events to an early and a late client", async () => {
  const rig = new Rig();
  await rig.start();
  const early = rig.watch();
  rig.publish(0, 3000);
  rig.finish();
  await early.until(isEnd);
  const [late, again] = [rig.watch(), rig.watch(2999)];
  await Promise.all([late.until(isEnd), again.until(isEnd)]);
  assertEquals([early.seqs, late.seqs, again.seqs], [upTo(3000), upTo(3000), []]);
  await Promise.all([early, late, again].map((it) => it.leave()));
});

Deno.test("createEventStream() limits the size of messages", async () => {
  const rig = new Rig();
  await rig.start();
  rig.publish(0, 200, { text: "x".repeat(10_000) });
  rig.finish();
  const watcher = rig.watch();
  await watcher.until(isEnd);
  assertEquals(watcher.seqs.length, 200);
  assert(watcher.messages.filter(isEvents).length >= 4);
  await watcher.leave();
});

Deno.test("createEventStream() sends the list of runs to a page that shows none", async () => {
  const rig = new Rig();
  const other = new Watcher(createEventStream(rig.runs, { feed: undefined, seen: -1 }));
  const runs = (isIt: (info: RunInfo | undefined) => boolean) =>
    other.until(({ event, data }) => event === "runs" && isIt(data[0]));
  assert(await runs((info) => info === undefined));
  const info = await rig.start();
  assertEquals((await runs((it) => it?.id === 1))?.data, [info]);
  assert(!JSON.stringify(info).includes("large"), "the state of a run is not sent with the list");
  rig.runs.cancel(1);
  assert(await runs((it) => it?.cancels === 1));
  rig.finish();
  assert(await runs((it) => it?.end?.code === 0));
  await rig.runs.shutDown();
  assertEquals(await other.until(isEnd), undefined); // the stream has ended with the session
});

Deno.test("createEventStream() sends the end of a run after all its events", async () => {
  const rig = new Rig();
  await rig.start();
  rig.publish(0, 10);
  rig.finish();
  const watcher = rig.watch();
  await watcher.until(({ event, data }) => event === "runs" && data[0].end !== null);
  assertEquals(watcher.messages.map(({ event }) => event).slice(-3), ["message", "end", "runs"]);
  assertEquals(watcher.seqs, upTo(10));
  await watcher.leave();
});

Deno.test("EventFeed omits output beyond its maximum size, and nothing else", () => {
  const feed = new EventFeed(new ChangeNotifier(), 500);
  const output = (seq: number) =>
    JSON.stringify({ type: "task-output", text: "x".repeat(90), seq });
  for (let seq = 0; seq < 20; seq++) feed.push(output(seq));
  feed.push(JSON.stringify({ type: "task-finished", seq: 20 }));
  const [text, next] = feed.batch(0);
  const seqs = JSON.parse(text).map(({ seq }: { seq: number }) => seq);
  assertEquals(seqs, [0, 1, 2, 3, 20]);
  assertEquals([next, feed.count], [21, 21]);
  assert(feed.size < 700);
});
