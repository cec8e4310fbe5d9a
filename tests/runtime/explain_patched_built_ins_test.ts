/** Tests of the message of an internal error when built-ins have been replaced. */
import { assertEquals } from "@std/assert";
import { explainPatchedBuiltIns } from "../../src/runtime/explain_patched_built_ins.ts";

/** The message while a built-in is replaced. */
function messageWith(holder: object, key: PropertyKey, value: unknown): string {
  const before = Reflect.getOwnPropertyDescriptor(holder, key)!;
  Reflect.defineProperty(holder, key, { ...before, value });
  try {
    return explainPatchedBuiltIns("it broke");
  } finally {
    Reflect.defineProperty(holder, key, before);
  }
}

const other = () => {
  throw new Error("not this one");
};

Deno.test("explainPatchedBuiltIns() returns the message unchanged when nothing is replaced", () => {
  assertEquals(explainPatchedBuiltIns("it broke"), "it broke");
});

for (
  const [name, holder, key] of [
    ["Array.prototype.push", Array.prototype, "push"],
    ["Array.prototype[Symbol.iterator]", Array.prototype, Symbol.iterator],
    ["Promise.prototype.then", Promise.prototype, "then"],
    ["Function.prototype.call", Function.prototype, "call"],
    ["String.prototype.indexOf", String.prototype, "indexOf"],
    ["JSON.stringify", JSON, "stringify"],
    ["Reflect.ownKeys", Reflect, "ownKeys"],
    ["Map", globalThis, "Map"],
  ] as const
) {
  Deno.test(`explainPatchedBuiltIns() names ${name} when it is replaced`, () => {
    const message = messageWith(holder, key, other);
    assertEquals(message, `it broke (the module or a task has replaced ${name})`);
  });
}
