import { assertEquals, assertStrictEquals } from "@std/assert";
import { AsyncLocalStorage } from "node:async_hooks";
import { StoredVariable } from "../../src/base/async_variable.ts";
import { type AsyncFlow, Flows } from "../../src/state/lock/async_flow.ts";

const turn = () => new Promise<void>((resolve) => setTimeout(resolve, 0));

function flowIn(flows: Flows): AsyncFlow {
  return { parent: flows.current(), isDone: false };
}

const WAYS: Record<string, () => Flows> = {
  "with async contexts": () => new Flows(),
  "with AsyncLocalStorage": () => new Flows(new StoredVariable()),
};

for (const [way, make] of Object.entries(WAYS)) {
  Deno.test(`Flows keeps the current flow across await and in its branches ${way}`, async () => {
    const flows = make();
    assertEquals(flows.current(), undefined);
    const seen: (AsyncFlow | undefined)[] = [];
    const branch = async () => {
      const flow = flowIn(flows);
      await flows.run(flow, async () => {
        await turn();
        seen.push(flows.current(), flow);
        await Promise.all([turn().then(() => seen.push(flows.current(), flow))]);
      });
      assertEquals(flows.current(), undefined);
    };
    await Promise.all([branch(), branch(), branch()]);
    assertEquals(seen.length, 12);
    for (let n = 0; n < seen.length; n += 2) assertStrictEquals(seen[n], seen[n + 1]);
  });

  Deno.test(`Flows.enter() sets the current flow until it is done ${way}`, async () => {
    const flows = make();
    const entering = async () => {
      await turn();
      const flow = flowIn(flows);
      flows.enter(flow);
      await turn();
      assertStrictEquals(flows.current(), flow);
      flow.isDone = true;
      flows.leave(flow);
      assertEquals(flows.current(), undefined);
      await turn();
      assertEquals(flows.current(), undefined);
    };
    await Promise.all([entering(), entering()]);
    assertEquals(flows.current(), undefined);
  });

  Deno.test(`Flows does not interfere with the user's AsyncLocalStorage ${way}`, async () => {
    const [flows, users] = [make(), new AsyncLocalStorage<string>()];
    await users.run("a", async () => {
      const flow = flowIn(flows);
      await flows.run(flow, async () => {
        assertEquals(users.getStore(), "a");
        await users.run("b", async () => {
          await turn();
          assertStrictEquals(flows.current(), flow);
          const inner = flowIn(flows);
          flows.enter(inner);
          assertEquals(users.getStore(), "b");
          users.enterWith("c");
          await turn();
          assertStrictEquals(flows.current(), inner);
          inner.isDone = true;
          // Not the context that was entered: the user's value stays.
          flows.leave(inner);
          assertEquals([users.getStore(), flows.current()], ["c", flow]);
        });
        assertEquals(users.getStore(), "a");
      });
    });
    assertEquals([users.getStore(), flows.current()], [undefined, undefined]);
  });
}
