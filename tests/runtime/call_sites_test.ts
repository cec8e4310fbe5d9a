import { assert, assertEquals } from "@std/assert";
import {
  callerModule,
  callPositions,
  callSites,
  captureTrace,
} from "../../src/runtime/call_sites.ts";

const { url } = import.meta;

function caller(): string | undefined {
  return callerModule(caller);
}

function positions() {
  return callPositions(positions);
}

Deno.test("callerModule() returns the import.meta.url of the calling module", async () => {
  assertEquals(caller(), url);
  const code = `export const call = (fn) => fn(); // ${"x".repeat(2_000)}`;
  const dataUrl = `data:text/javascript,${encodeURIComponent(code)}`;
  const { call } = await import(dataUrl);
  assertEquals(call(caller), dataUrl);
  assertEquals(caller(), url);
});

Deno.test("callerModule() attributes code generated at run time to its generator", () => {
  for (const end of ["", "\n//# sourceURL=file:///other.ts"]) {
    assertEquals(new Function("caller", `return caller();${end}`)(caller), url);
  }
});

Deno.test("callerModule() restores the hooks of other code when it has read the stack", () => {
  const hook = () => "text of another hook";
  const hooks = Error as { prepareStackTrace?: unknown; stackTraceLimit: number };
  const before = { ...hooks };
  try {
    Object.assign(hooks, { prepareStackTrace: hook, stackTraceLimit: 3 });
    assertEquals(caller(), url);
    assertEquals([hooks.prepareStackTrace, hooks.stackTraceLimit], [hook, 3]);
  } finally {
    hooks.prepareStackTrace = before.prepareStackTrace;
    hooks.stackTraceLimit = before.stackTraceLimit;
  }
});

Deno.test("callPositions() lists the calls in the calling module, innermost first", () => {
  const call = () => positions();
  const found = [1, 2].map(call);
  assertEquals(found[0], found[1]);
  assertEquals(found[0]!.module, url);
  assert(/^(\d+:\d+,)+\d+:\d+$/.test(found[0]!.positions), found[0]!.positions);
  assert(found[0]!.positions !== call().positions);
});

Deno.test("callSites() returns the calls in user modules with their locations", () => {
  const sites = callSites(captureTrace());
  assertEquals(sites[0]!.module, url);
  assert(/call_sites_test\.ts:\d+:\d+$/.test(sites[0]!.location), sites[0]!.location);
});
