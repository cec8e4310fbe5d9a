/** The events of a run as they are sent: nothing is missed, and nothing comes twice. */
import { assert, assertEquals } from "@std/assert";
import { Feed } from "../../src/gui/feed.ts";

interface Message {
  readonly id: number;
  readonly events: readonly { readonly seq: number }[];
}

/** Reads server-sent events, to the end or as many messages as are wanted. */
async function read(stream: ReadableStream<Uint8Array>, most = Infinity) {
  const messages: Message[] = [];
  let end: unknown;
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream() as ReadableWritablePair)) {
    const parts = (rest + text).split("\n\n");
    rest = parts.pop()!;
    for (const part of parts) {
      const field = (name: string) => new RegExp(`^${name}: (.*)$`, "m").exec(part)?.[1];
      if (field("event") === "end") end = JSON.parse(field("data")!);
      else if (field("data")) {
        messages.push({ id: Number(field("id")), events: JSON.parse(field("data")!) });
      }
    }
    if (messages.length >= most) break;
  }
  return { messages, end, seqs: messages.flatMap(({ events }) => events.map(({ seq }) => seq)) };
}

function fill(feed: Feed, from: number, to: number): void {
  for (let seq = from; seq < to; seq++) feed.push(JSON.stringify({ seq }));
}

const END = { code: 0, said: "", state: null };

Deno.test("Feed: what has come up is one message, whose id is the last seq", async () => {
  const feed = new Feed();
  fill(feed, 0, 100);
  const first = read(feed.stream(-1), 1);
  const { messages } = await first;
  assertEquals(messages.map(({ id, events }) => [id, events.length]), [[99, 100]]);
});

Deno.test("Feed: whoever comes again gets what it missed, to the end", async () => {
  const feed = new Feed();
  fill(feed, 0, 50);
  const before = await read(feed.stream(-1), 1);
  fill(feed, 50, 80);
  const after = read(feed.stream(before.messages.at(-1)!.id));
  fill(feed, 80, 120);
  feed.close(END);
  const { seqs, end } = await after;
  assertEquals([...before.seqs, ...seqs], Array.from({ length: 120 }, (_, seq) => seq));
  assertEquals(end, END);
});

Deno.test("Feed: two watchers, one of them late, get the same", async () => {
  const feed = new Feed();
  const early = read(feed.stream(-1));
  fill(feed, 0, 3000);
  feed.close(END);
  assertEquals((await early).seqs, (await read(feed.stream(-1))).seqs);
  assertEquals((await read(feed.stream(2999))).seqs, []);
});

Deno.test("Feed: a large run comes in messages of bounded size", async () => {
  const feed = new Feed();
  const text = "x".repeat(10_000);
  for (let seq = 0; seq < 200; seq++) feed.push(JSON.stringify({ seq, text }));
  feed.close(END);
  const { messages, seqs } = await read(feed.stream(-1));
  assertEquals(seqs.length, 200);
  assert(messages.length >= 4, `${messages.length} messages`);
});
