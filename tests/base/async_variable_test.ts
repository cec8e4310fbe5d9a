import { assert } from "@std/assert";
import { createAsyncVariable, StoredVariable } from "../../src/base/async_variable.ts";

Deno.test("createAsyncVariable() uses the async contexts of the current runtime", () => {
  const isSlow = createAsyncVariable() instanceof StoredVariable;
  assert(!isSlow, "the runtime's contexts are no longer as known");
});

Deno.test("createAsyncVariable() returns a StoredVariable on an unknown runtime", () => {
  const core = { getAsyncContext: () => 5, setAsyncContext: () => {}, AsyncVariable: class {} };
  for (const runtime of [{}, core]) {
    assert(createAsyncVariable(runtime as never) instanceof StoredVariable);
  }
});
