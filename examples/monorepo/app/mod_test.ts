import assert from "node:assert/strict";
import { moons } from "./mod.ts";

Deno.test("moons() has a line for each moon", () => assert.equal(moons().split("\n").length, 2));
