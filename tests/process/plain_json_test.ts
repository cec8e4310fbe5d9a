/** What goes over a wire is what was given, whatever all objects have been given. */
import { assertEquals } from "@std/assert";
import { plainJson } from "../../src/process/plain_json.ts";

Deno.test("plainJson: a toJSON of all objects and arrays is left out, and is there afterwards", () => {
  const holders: object[] = [Object.prototype, Array.prototype];
  const toJSON = () => "nonsense";
  for (const holder of holders) {
    Reflect.defineProperty(holder, "toJSON", { value: toJSON, configurable: true });
  }
  try {
    const told = plainJson({ names: ["a", { deep: [] }] });
    const left = holders.map((holder) => Reflect.get(holder, "toJSON"));
    for (const holder of holders) Reflect.deleteProperty(holder, "toJSON");
    assertEquals(told, '{"names":["a",{"deep":[]}]}');
    assertEquals(left, [toJSON, toJSON]);
  } finally {
    for (const holder of holders) Reflect.deleteProperty(holder, "toJSON");
  }
});
