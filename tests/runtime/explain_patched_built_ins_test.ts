/** What was replaced of the language's own functions is named, by code that does not need it. */
import { assertEquals } from "@std/assert";
import { explainPatchedBuiltIns } from "../../src/runtime/explain_patched_built_ins.ts";

/** What is said while a function is another; the test's own code runs with the language's. */
function saidWith(holder: object, key: PropertyKey, value: unknown): string {
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

Deno.test("nothing is added where nothing was replaced", () => {
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
  Deno.test(`${name} is named`, () => {
    const said = saidWith(holder, key, other);
    assertEquals(said, `it broke (the module or a task has replaced ${name})`);
  });
}
