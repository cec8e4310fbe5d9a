import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import {
  createPeerKey,
  encodeFrame,
  InboundReader,
  OutboundReader,
  writeChunks,
} from "../../src/process/framing.ts";
import { OutputLines } from "../../src/process/output_lines.ts";
import { anyText } from "../support/any_text.ts";

const messages = fc.array(
  fc.tuple(
    fc.nat(3),
    fc.record({ type: fc.string(), text: anyText({ maxLength: 6000 }) }),
    fc.uint8Array({ maxLength: 9000 }),
  ),
  { maxLength: 8 },
);

const KEYS = Array.from({ length: 4 }, createPeerKey);

Deno.test("InboundReader.decode() restores messages of several processes from any chunks", () => {
  fc.assert(
    fc.property(messages, fc.infiniteStream(fc.integer({ min: 1, max: 5000 })), (all, cuts) => {
      const pieces = KEYS.map((key, id) => piecesOf(key, all.filter(([from]) => from === id)));
      // One piece of each process in turn.
      const mixed: number[] = [];
      for (let at = 0; pieces.some((own) => at < own.length); at++) {
        for (const own of pieces) {
          const piece = own[at] ?? new Uint8Array();
          assertEquals(piece.length <= 4096, true);
          mixed.push(...piece);
        }
      }
      const reader = new InboundReader((key) => KEYS.includes(key));
      const seen = [...cut(Uint8Array.from(mixed), cuts)].flatMap((chunk) => reader.decode(chunk));
      for (const [id, key] of KEYS.entries()) {
        const own = seen.filter((it) => it.key === key).map((it) => [it.message, [...it.bytes]]);
        const sent = all.filter(([from]) => from === id).map(([, it, bytes]) => [it, [...bytes]]);
        assertEquals<unknown>(own, sent);
      }
    }),
    { numRuns: 100 },
  );
});

Deno.test("InboundReader.decode() skips bytes that no known process has written", () => {
  const cuts = fc.infiniteStream(fc.integer({ min: 1, max: 5000 }));
  const noise = fc.infiniteStream(fc.uint8Array({ maxLength: 60 }));
  fc.assert(fc.property(messages, noise, cuts, (all, noise, cuts) => {
    const forged = piecesOf(createPeerKey(), [[
      0,
      { type: "settled", text: "" },
      new Uint8Array(5000),
    ]]);
    const written = piecesOf(KEYS[0]!, all)
      .flatMap((piece) => [...noise.next().value, ...forged.flatMap((it) => [...it]), ...piece]);
    const reader = new InboundReader((key) => key === KEYS[0]);
    const seen = [...cut(Uint8Array.from(written), cuts)].flatMap((chunk) => reader.decode(chunk));
    assertEquals<unknown>(
      seen.map(({ message, bytes }) => [message, [...bytes]]),
      all.map(([, message, bytes]) => [message, [...bytes]]),
    );
  }));
});

Deno.test("InboundReader.decode() drops a message when its writer runs out of stack", () => {
  const reader = new InboundReader((key) => key === KEYS[1]);
  const seen: unknown[] = [];
  for (const most of [1, 2, Infinity, 1, Infinity]) {
    let left = most;
    const write = (piece: Uint8Array) => {
      if (left-- === 0) throw new RangeError("Maximum call stack size exceeded");
      seen.push(...reader.decode(piece.slice()).map(({ message }) => message));
      return piece.length;
    };
    const send = () =>
      writeChunks(write, Uint8Array.fromHex(KEYS[1]!), {
        type: `${most}`,
        text: "x".repeat(10_000),
      });
    if (most < Infinity) assertThrows(send, RangeError);
    else send();
  }
  const whole = { type: "Infinity", text: "x".repeat(10_000) };
  assertEquals(seen, [whole, whole]);
});

Deno.test("OutboundReader.decode() restores messages from any chunks", () => {
  const cuts = fc.infiniteStream(fc.integer({ min: 1, max: 50 }));
  fc.assert(fc.property(fc.array(fc.jsonValue()), cuts, (all, cuts) => {
    const sent = all.map((value) => JSON.parse(JSON.stringify(value)));
    const bytes = Uint8Array.from(all.flatMap((value) => [...encodeFrame(value)]));
    const reader = new OutboundReader();
    assertEquals([...cut(bytes, cuts)].flatMap((chunk) => reader.decode(chunk)), sent);
  }));
});

Deno.test("OutputLines finds sentinels at their positions in any chunks", async () => {
  const text = "one\ntwo\u001emark\n\u001emark\nthr\u001eee\n\nlast";
  for (let size = 1; size < text.length; size++) {
    const seen: string[] = [];
    const bytes = new TextEncoder().encode(text);
    const stream = ReadableStream.from(cut(
      bytes,
      (function* () {
        for (;;) yield size;
      })(),
    ));
    const lines = new OutputLines(stream, "\u001emark", (line) => seen.push(line));
    await lines.nextSentinel();
    await lines.nextSentinel();
    await lines.ended;
    assertEquals(seen, ["one", "two", "thr\u001eee", "", "last"]);
    await lines.nextSentinel(); // resolves at the end of the stream
  }
});

Deno.test("OutputLines.nextSentinel() resolves at a sentinel, and leaves no callback", async () => {
  const { readable, writable } = new TransformStream<Uint8Array>();
  const writer = writable.getWriter();
  const lines = new OutputLines(readable, "\u001emark", () => {});
  const { ended } = lines;
  const then = ended.then.bind(ended);
  let kept = 0; // what waits for the end is kept until then
  ended.then = ((...args: Parameters<typeof then>) => {
    kept++;
    return then(...args);
  }) as typeof ended.then;
  const first = lines.nextSentinel();
  await writer.write(new TextEncoder().encode("\u001emark\n"));
  await first;
  const second = lines.nextSentinel();
  assertEquals(kept, 0);
  await writer.close();
  await second;
});

function piecesOf(
  key: string,
  messages: readonly (readonly [from: number, message: object, bytes: Uint8Array])[],
): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (const [, message, bytes] of messages) {
    writeChunks((piece) => pieces.push(piece.slice()), Uint8Array.fromHex(key), message, bytes);
  }
  return pieces;
}

function* cut(bytes: Uint8Array, sizes: Iterable<number>): Generator<Uint8Array> {
  let at = 0;
  for (const size of sizes) {
    if (at >= bytes.length) return;
    yield bytes.slice(at, at + size);
    at += size;
  }
}
