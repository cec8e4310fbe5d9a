import { assert } from "@std/assert";
import { createAsyncVariable, StoredVariable } from "../../src/base/async_variable.ts";

Deno.test("createAsyncVariable() takes the fast way on this runtime", () => {
  const isSlow = createAsyncVariable() instanceof StoredVariable;
  assert(!isSlow, "the runtime's contexts are no longer as known");
});

Deno.test("createAsyncVariable() falls back where the runtime keeps its contexts in another way", () => {
  const core = { getAsyncContext: () => 5, setAsyncContext: () => {}, AsyncVariable: class {} };
  for (const runtime of [{}, core]) {
    assert(createAsyncVariable(runtime as never) instanceof StoredVariable);
  }
});
