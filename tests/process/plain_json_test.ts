/** Tests of JSON when built-in prototypes have been changed. */
import { assertEquals } from "@std/assert";
import { plainJson } from "../../src/process/plain_json.ts";

Deno.test("plainJson() ignores a toJSON of built-in prototypes, and restores it", () => {
  const holders: object[] = [Object.prototype, Array.prototype];
  const toJSON = () => "nonsense";
  for (const holder of holders) {
    Reflect.defineProperty(holder, "toJSON", { value: toJSON, configurable: true });
  }
  try {
    const text = plainJson({ names: ["a", { deep: [] }] });
    const left = holders.map((holder) => Reflect.get(holder, "toJSON"));
    for (const holder of holders) Reflect.deleteProperty(holder, "toJSON");
    assertEquals(text, '{"names":["a",{"deep":[]}]}');
    assertEquals(left, [toJSON, toJSON]);
  } finally {
    for (const holder of holders) Reflect.deleteProperty(holder, "toJSON");
  }
});
