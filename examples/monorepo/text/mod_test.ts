import assert from "node:assert/strict";
import { fit } from "./mod.ts";

Deno.test("fit() pads short texts", () => assert.equal(fit("ab", 4), "ab  "));
Deno.test("fit() cuts long texts", () => assert.equal(fit("abcdef", 4), "abc…"));
