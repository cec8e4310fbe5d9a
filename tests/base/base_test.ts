/** Tests of error records, suggestions and text formatting. */
import nodeAssert from "node:assert/strict";
import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { recordError } from "../../src/base/error_record.ts";
import { isInstance } from "../../src/base/is_instance.ts";
import { closest } from "../../src/base/suggest.ts";
import { formatValues, onOneLine, plural, quoteList } from "../../src/base/text_format.ts";

Deno.test("recordError() keeps the type, causes, members and properties of an error", () => {
  class HttpError extends Error {
    override name = "HttpError";
    code = 404;
    detail = { path: "/x" };
  }
  const error = new HttpError("no", { cause: new RangeError("far", { cause: "text" }) });
  const record = recordError(error);
  assertEquals([record.type, record.message], ["HttpError", "no"]);
  assertEquals(record.props, { code: "404", detail: '{ path: "/x" }' });
  assertEquals([record.cause?.type, record.cause?.message], ["RangeError", "far"]);
  assertEquals(record.cause?.cause, { type: "string", message: "text" });
  assertStringIncludes(record.stack!, "no");
  const many = recordError(new AggregateError([new TypeError("one"), 2], "many"));
  assertEquals(many.errors?.map(({ type, message }) => [type, message]), [
    ["TypeError", "one"],
    ["number", "2"],
  ]);
});

Deno.test("recordError() returns plain JSON for any thrown value, and never throws", () => {
  const loop = new Error("loop");
  loop.cause = loop;
  const bad = (thrown: unknown) => ({
    get message(): string {
      throw thrown;
    },
  });
  const evil = Object.defineProperties(new Error("x"), Object.getOwnPropertyDescriptors(bad(1)));
  const worse = Object.defineProperties(
    new Error("x"),
    Object.getOwnPropertyDescriptors(bad(Object.create(null))),
  );
  const nameless = Object.assign(new Error("m"), { name: "" });
  const symbolic = Object.assign(new Error("m"), { name: Symbol("s") });
  const uninspectable = { [Symbol.for("Deno.customInspect")]: () => bad(0).message };
  const revoked = Proxy.revocable({}, {});
  revoked.revoke();
  const values = [undefined, null, 0, -0, NaN, 1n, "s", Symbol("s"), () => {}, {}, [], loop];
  for (const thrown of [...values, evil, worse, nameless, symbolic, uninspectable, revoked.proxy]) {
    const record = recordError(thrown);
    assertEquals(JSON.parse(JSON.stringify(record)), record);
    assertEquals(typeof record.message, "string");
  }
});

Deno.test("recordError() omits properties that the message of an assertion error contains", () => {
  const propsOf = (error: unknown) => Object.keys(recordError(error).props ?? {});
  const generated = assertThrows(() => nodeAssert.deepEqual({ a: 1 }, { a: 2 }));
  assertEquals(propsOf(generated), ["code"]);
  const own = assertThrows(() => nodeAssert.equal(1, 2, "in words of one's own"));
  assertEquals(propsOf(own), ["code", "actual", "expected", "operator"]);
  const message = "expected { a: 1 } to deeply equal { a: 2 }";
  const chai = { actual: 1, expected: 2, showDiff: true, operator: "strictEqual" };
  assertEquals(propsOf(Object.assign(new Error(message), chai)), [
    "actual",
    "expected",
    "operator",
  ]);
  const jest = { matcherResult: { actual: 1, expected: 2, message, pass: false } };
  assertEquals(propsOf(Object.assign(new Error(message), jest)), []);
  assertEquals(propsOf(Object.assign(new Error("no"), { diff: "a", matcherResult: "b" })), [
    ...["diff", "matcherResult"],
  ]);
});

Deno.test("recordError() decodes the output of a child process, and keeps it once", () => {
  const stdout = new TextEncoder().encode("2 failed: größe\n");
  const stderr = new Uint8Array();
  const error = Object.assign(new Error("m"), { status: 3, stdout, stderr });
  const props = { status: "3", stdout: "2 failed: größe\n", stderr: "" };
  const output = [null, stdout, stderr];
  assertEquals(recordError(Object.assign(error, { output })).props, props);
  assertEquals(recordError(Object.assign(error, { output: "x" })).props, { ...props, output: "x" });
  const digest = recordError(Object.assign(new Error("m"), { digest: stdout.subarray(0, 1) }));
  assertEquals(digest.props, { digest: "Uint8Array(1) [ 50 ]" });
});

Deno.test("recordError() does not repeat an error that is its own cause or member", () => {
  const loop = new TypeError("loop");
  loop.cause = new Error("between", { cause: loop });
  const again = { type: "TypeError", message: "the same error as above" };
  assertEquals(recordError(loop).cause?.cause, again);
  const many = new AggregateError([], "many");
  many.errors.push(loop, many);
  const [first, second] = recordError(many).errors!;
  assertEquals(first?.cause?.cause, again);
  assertEquals(second, { type: "AggregateError", message: again.message });
});

Deno.test("recordError() omits a stack that cannot be read", () => {
  const error = Object.defineProperty(new RangeError("far"), "stack", {
    get: () => {
      throw new Error("by Error.prepareStackTrace");
    },
  });
  assertEquals(recordError(error), { type: "RangeError", message: "far" });
});

Deno.test("recordError() keeps both errors of a SuppressedError, and no invalid members", () => {
  const both = recordError(new SuppressedError(new TypeError("in dispose"), "in the body", "hid"));
  assertEquals(both.errors?.map(({ type, message }) => [type, message]), [
    ["TypeError", "in dispose"],
    ["string", "in the body"],
  ]);
  const invalid = recordError(
    Object.assign(new Error("invalid"), { errors: ["no name"], error: 1 }),
  );
  assertEquals(invalid.errors, undefined);
  assertEquals(invalid.props, { errors: '[ "no name" ]', error: "1" });
  const hollow = recordError(Object.assign(new AggregateError([], "m"), { errors: "text" }));
  assertEquals([hollow.type, hollow.message, hollow.errors], ["AggregateError", "m", undefined]);
});

Deno.test('recordError() returns the type "null" when null is thrown', () => {
  assertEquals(recordError(null), { type: "null", message: "null" });
});

Deno.test("isInstance() agrees with instanceof, and returns false when a trap throws", () => {
  const trapped = new Proxy(new Error("x"), {
    getPrototypeOf() {
      throw new Error("trap");
    },
  });
  assertEquals([new TypeError("a"), "a", null, trapped].map((it) => isInstance(it, Error)), [
    ...[true, false, false, false],
  ]);
});

Deno.test("recordError() replaces a property that cannot be inspected", () => {
  const shy = {
    [Symbol.for("Deno.customInspect")]() {
      throw new Error("shy");
    },
  };
  const record = recordError(Object.assign(new TypeError("the message"), { shy }));
  assertEquals([record.type, record.message], ["TypeError", "the message"]);
  assertEquals(record.props, { shy: "a value that cannot be shown" });
});

Deno.test("closest() finds names with typing errors, but no distant names", () => {
  const names = ["load", "double", "report", "perform_surgery"];
  assertEquals(closest("laod", names), "load");
  assertEquals(closest("lod", names), "load");
  assertEquals(closest("Report", names), "report");
  assertEquals(closest("preform_sugery", names), "perform_surgery");
  assertEquals(closest("zebra", names), undefined);
  assertEquals(closest("x", ["a", "b"]), undefined);
  assertEquals(closest("anything", []), undefined);
});

Deno.test("closest() returns the nearest name, and the first of several equally near", () => {
  assertEquals(closest("task_11", ["task_22", "task_12", "task_21"]), "task_12");
  assertEquals(closest("aaa", ["aab", "aba"]), "aab");
});

Deno.test("quoteList() and plural() format lists and counts for messages", () => {
  assertEquals(quoteList(["a", "b"]), '"a", "b"');
  assertEquals(quoteList(["a", "b", "c"], 2), '"a", "b" and 1 more');
  assertEquals([plural(0, "task"), plural(1, "task"), plural(2, "task")], [
    ...["0 tasks", "1 task", "2 tasks"],
  ]);
});

Deno.test("formatValues() keeps strings, and formats other values as console.log does", () => {
  assertEquals(formatValues(["a\tb", 1, { x: "y" }, undefined]), 'a\tb 1 { x: "y" } undefined');
});

Deno.test("onOneLine() escapes line breaks, control characters and text direction", () => {
  assertEquals(onOneLine("a\n\t\x1b[2J\x7f\x9b\x85"), "a\\n\\t\\u001b[2J\\u007f\\u009b\\u0085");
  assertEquals(onOneLine("\u2028\u2029\u202e\u2066"), "\\u2028\\u2029\\u202e\\u2066");
  const plain = "ünï 日本 🎉 شمس a\u200db é";
  assertEquals(onOneLine(plain), plain);
});
