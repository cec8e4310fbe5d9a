import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { displayWidth, fitWidth, truncateWidth } from "../../src/base/display_width.ts";

const WIDTHS: Record<string, number> = {
  "": 0,
  "load data": 9,
  "é": 1,
  "e\u0301": 1,
  "naïve café": 10,
  "日本語": 6,
  "ｶﾅ": 2,
  "カナ": 4,
  "Ａ１": 4,
  "한국어": 6,
  "\u1112\u1161\u11ab": 2,
  "😀": 2,
  "👩‍💻": 2,
  "👨‍👩‍👧‍👦": 2,
  "👍🏽": 2,
  "🇩🇪🇫🇷": 4,
  "❤": 1,
  "❤️": 2,
  "1️⃣": 2,
  "☑ done": 6,
  "✅ done": 7,
  "a\u200bb": 2,
  "Привет": 6,
  "𠮷野家": 6,
  "…": 1,
  "━─": 2,
};
for (const [text, width] of Object.entries(WIDTHS)) {
  Deno.test(`displayWidth() returns ${width} for ${JSON.stringify(text)}`, () => {
    assertEquals(displayWidth(text), width);
  });
}

Deno.test("truncateWidth() ends a text with an ellipsis when it does not fit", () => {
  assertEquals(truncateWidth("load", 4), "load");
  assertEquals(truncateWidth("loads", 4), "loa…");
  assertEquals(truncateWidth("日本", 4), "日本");
  assertEquals(truncateWidth("日本語", 5), "日本…");
  assertEquals(truncateWidth("日本語", 4), "日…");
  assertEquals(truncateWidth("abc👩‍💻", 4), "abc…");
  assertEquals(truncateWidth("abc", 1), "…");
  assertEquals(truncateWidth("abc", 0), "");
  assertEquals(truncateWidth("日", 0), "");
});

Deno.test("truncateWidth() escapes control characters", () => {
  assertEquals(truncateWidth("a\nb\x1b[2J\r\t", 30), "a\\nb\\u001b[2J\\r\\t");
});

Deno.test("truncateWidth() never exceeds the width, and keeps a text that fits", () => {
  const text = fc.string({ unit: "grapheme", maxLength: 30 });
  fc.assert(fc.property(text, fc.nat(40), (text, columns) => {
    const short = truncateWidth(text, columns);
    assert(displayWidth(short) <= columns);
    const isEscaped = /[\p{Cc}\u2028-\u202e\u2066-\u2069]/u.test(text);
    if (displayWidth(text) <= columns && !isEscaped) assertEquals(short, text);
  }));
});

Deno.test("fitWidth() returns a text of exactly the given width", () => {
  const text = fc.string({ unit: "grapheme", maxLength: 30 });
  fc.assert(fc.property(text, fc.nat(40), (text, columns) => {
    assertEquals(displayWidth(fitWidth(text, columns)), columns);
  }));
});
