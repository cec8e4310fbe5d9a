/** Tests of error records of large and unusual errors. */
import vm from "node:vm";
import { assert, assertEquals, assertMatch } from "@std/assert";
import { type ErrorRecord, recordError } from "../../src/base/error_record.ts";

const MEGABYTES = 8_000_000;

Deno.test("recordError() shortens a message of megabytes, and keeps the frames after it", () => {
  const frame = "    at deploy (file:///a.ts:1:2)";
  const error = new Error("x\n".repeat(MEGABYTES / 2));
  error.stack = `Error: ${error.message}\n${frame}\n${"y".repeat(MEGABYTES)}`;
  const { message, stack = "" } = recordError(error);
  const isCut = "… (7800000 more characters)";
  assert(message.startsWith("x\nx\n") && message.endsWith(isCut), message.slice(-100));
  assert(stack.startsWith(`Error: ${message}\n${frame}\ny`), "the message and then the frames");
  assertMatch(stack.slice(-100), /^y+… \(78000\d+ more characters\)$/);
});

Deno.test("recordError() shortens a stack of megabytes, whatever its message is", () => {
  for (const message of ["m", "", "not in the stack", "a".repeat(300)]) {
    const error = new TypeError(message);
    error.stack = "a".repeat(MEGABYTES);
    assertMatch(recordError(error).stack!.slice(-100), /^a+… \(7800000 more characters\)$/);
  }
});

Deno.test("recordError() shortens texts, names and properties of megabytes", () => {
  const long = "x".repeat(MEGABYTES);
  assertMatch(recordError(long).message, /^x{200000}… \(7800000 more characters\)$/);
  const error = Object.assign(new Error("m"), { name: long, stdout: long, [long]: 1 });
  const { type, props = {} } = recordError(error);
  assertMatch(type, /^x{200}…$/);
  assertEquals(Object.keys(props).map((key) => key.length), ["stdout".length, 201]);
  assertMatch(props.stdout!, /^x{200000}… \(7800000 more characters\)$/);
});

Deno.test("recordError() keeps the first 100 of 100,000 properties, and counts the others", () => {
  const many = Object.fromEntries(Array.from({ length: 100_000 }, (_, i) => [`p${i}`, i]));
  const props = Object.entries(recordError(Object.assign(new Error("m"), many)).props ?? {});
  assertEquals([props.length, props[0], props.at(-1)], [101, ["p0", "0"], ["…", "99900 more"]]);
});

Deno.test("recordError() keeps the first members and causes, and notes that more exist", () => {
  const members = Array.from({ length: 100_000 }, (_, i) => new Error(`m${i}`));
  const { errors = [] } = recordError(new AggregateError(members));
  assertEquals([errors.length, errors[19]!.message, errors[20]], [
    ...[21, "m19", { type: "…", message: "99980 more" }],
  ]);
  let error = new Error("c0");
  for (let i = 1; i < 100_000; i++) error = new Error(`c${i}`, { cause: error });
  const causes: ErrorRecord[] = [];
  for (let it: ErrorRecord | undefined = recordError(error); it; it = it.cause) causes.push(it);
  assertEquals([causes.length, causes.at(-1)], [10, { type: "…", message: "more causes" }]);
});

Deno.test("recordError() limits the record of an error that contains many large ones", () => {
  const large = (depth: number): Error => {
    const message = "x".repeat(300_000);
    if (depth === 0) return new Error(message);
    return new AggregateError(Array.from({ length: 20 }, () => large(depth - 1)), message);
  };
  const { length } = JSON.stringify(recordError(large(3)));
  assert(length < 2_000_000, `${length}`);
});

const OURS = `    at call (${new URL("../../src/thread/attempt.ts", import.meta.url)}:1:2)`;

Deno.test("recordError() describes errors of another realm and without a prototype", () => {
  const context = vm.createContext({});
  const foreign: unknown = vm.runInContext(
    `new AggregateError([new TypeError("inner")], "outer", { cause: new RangeError("far") })`,
    context,
  );
  assert(!(foreign instanceof Error));
  const { type, message, stack, cause, errors } = recordError(foreign);
  assertEquals([type, message, stack?.includes("evalmachine"), cause?.type], [
    ...["AggregateError", "outer", true, "RangeError"],
  ]);
  assertEquals(errors?.map((it) => `${it.type}: ${it.message}`), ["TypeError: inner"]);
  const bare: unknown = Object.setPrototypeOf(new TypeError("bare"), null);
  const record = recordError(bare);
  assertEquals([record.type, record.message], ["Error", "bare"]);
  assertMatch(record.stack ?? "", /error_record_test/);
});

Deno.test("recordError() describes an object with the message and the stack of an error", () => {
  class Fault {
    message = "no reply";
    stack = "Fault: no reply\n    at call (file:///a.ts:1:2)";
    code = 7;
  }
  const { type, message, stack, props } = recordError(new Fault());
  assertEquals([type, message, stack, props], ["Fault", "no reply", new Fault().stack, {
    code: "7",
  }]);
  assertEquals(recordError({ message: "no reply", code: 7 }).type, "object");
});

Deno.test("recordError() omits the library's own frames in errors, properties and messages", () => {
  const inner = new TypeError("inner");
  inner.stack = `TypeError: inner\n    at f (file:///a.ts:1:2)\n${OURS}`;
  Object.assign(inner, { code: 7 });
  const held = Object.assign(new Error(`quoted: ${inner.stack}`), { detail: inner });
  const rejected = Promise.reject(inner);
  rejected.catch(() => {});
  for (const thrown of [inner.stack, { inner }, [inner, inner], rejected, held]) {
    const { message, props = {} } = recordError(thrown);
    const text = [message, ...Object.values(props)].join("\n");
    assertMatch(text, /inner\n +at f \(file:\/\/\/a\.ts:1:2\)( \{\n +code: 7\n)?/);
    assert(!text.includes("attempt.ts"), text);
  }
});
