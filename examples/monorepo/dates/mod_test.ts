import assert from "node:assert/strict";
import { isoDate } from "./mod.ts";

Deno.test("isoDate() formats a date", () => assert.equal(isoDate(new Date(0)), "1970-01-01"));
