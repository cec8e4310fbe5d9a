import { assertEquals } from "@std/assert";
import { captureChildren, CHILD_STARTERS } from "../../src/thread/output/capture_children.ts";

Deno.test("captureChildren() replaces functions without reading them: Deno creates them lazily", () => {
  const originals = CHILD_STARTERS.map((name) =>
    [name, Object.getOwnPropertyDescriptor(Deno, name)] as const
  );
  const reads: string[] = [];
  try {
    for (const [name, property] of originals) {
      if (property === undefined) continue;
      Object.defineProperty(Deno, name, {
        ...accessor(name),
        configurable: true,
        enumerable: true,
      });
    }
    captureChildren(() => undefined);
    assertEquals(reads, []);
    assertEquals(
      Object.keys(Deno).filter((it) => CHILD_STARTERS.some((name) => name === it)).sort(),
      originals.filter(([, property]) => property !== undefined).map(([name]) => name).sort(),
    );
  } finally {
    for (const [name, property] of originals) {
      if (property !== undefined) Object.defineProperty(Deno, name, property);
    }
  }

  function accessor(name: string): PropertyDescriptor {
    return {
      get() {
        reads.push(name);
        return class {};
      },
      set() {},
    };
  }
});
