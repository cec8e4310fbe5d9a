/** docs/settings.schema.json is current, and accepts what the parser accepts. */
import { assert, assertEquals } from "@std/assert";
import Ajv2020 from "ajv/2020";
import fc from "fast-check";
import { UsageError } from "../../src/base/errors.ts";
import { parseTagExpression } from "../../src/graph/tag_expression.ts";
import { parseSettings } from "../../src/cli/settings/parse_settings.ts";
import { SETTABLE } from "../../src/cli/settings/setting_types.ts";
import { SETTINGS_SCHEMA, settingsSchema } from "../../tools/settings_schema.ts";

Deno.test("docs/settings.schema.json is current (deno task schema)", () => {
  assertEquals(Deno.readTextFileSync(SETTINGS_SCHEMA), settingsSchema());
});

const ajv = new Ajv2020.default({ strict: true, strictTypes: false });
const validate = ajv.compile(JSON.parse(settingsSchema()));

/** Whether the parser accepts settings. */
function isParsed(content: unknown): boolean {
  const file = { path: "/p/tdrun.json", folder: "/p/", root: [], content };
  try {
    parseSettings(file, undefined, "/p");
    return true;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    assert(!error.message.includes("\n"), error.message);
    assert(error.message.includes("/p/tdrun.json"), error.message);
    return false;
  }
}

/** Values that are right for some options and wrong for others, and wrong for all. */
const VALUES = fc.oneof(
  fc.boolean(),
  fc.constant(null),
  fc.integer({ min: -2, max: 1200 }),
  fc.double({ min: 0, max: 100, noNaN: true }),
  fc.constantFrom(
    ...["1", "007", "63", "x", "", "30s", "1.5 m", "0s", "0.0", "2h", "3:1s", "3:", ":1s", "1001"],
    ...["2:kill", "2:stop", "0:kill", "any", "a and not b", "a,b_*", " , ", "gpu=2", "gpu=2,b=1"],
    ...["gpu", "=2", " =2", "junit", "junit=out.xml", "junit=", "dot=-", "json=-", "jnit"],
    ...["live", "grouped", "process", "redis://host", "path", "dot", "json", "text", "levels"],
  ),
  fc.array(fc.constantFrom("a", "b_*", "gpu=1", "junit=a.xml", "dot", "", "x=", 1, null), {
    maxLength: 3,
  }),
  fc.constant({}),
);
const KEYS = SETTABLE.map(({ key }) => key);
const OPTIONS = fc.dictionary(
  fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...KEYS) }, fc.constantFrom("worker", "help")),
  VALUES,
  { maxKeys: 3 },
);

/** Settings with a valid value for each option, so that valid settings are not rare. */
const VALID = fc.record(
  {
    workers: fc.integer({ min: 0, max: 63 }),
    tags: fc.constantFrom("a", "a and not (b or c)"),
    timeout: fc.constantFrom("30s", 500, "1.5 m"),
    retries: fc.constantFrom(2, "3:1s"),
    failFast: fc.constantFrom(true, false, 1, "2:kill"),
    reporter: fc.constantFrom("dot", ["junit=out.xml", "dot"]),
    tokens: fc.constantFrom("gpu=2", ["gpu=1", "disk=2"]),
    journal: fc.boolean(),
    graph: fc.constantFrom(true, "dot"),
    exclude: fc.constantFrom("a", ["a", "b_*"], []),
    output: fc.constantFrom("failed", null),
  },
  { requiredKeys: [] },
);

const SETTINGS = fc.tuple(
  fc.oneof({ weight: 3, arbitrary: VALID }, OPTIONS),
  fc.option(fc.dictionary(
    fc.constantFrom("ci", "nightly"),
    fc.oneof({ weight: 6, arbitrary: VALID }, OPTIONS, VALUES),
  )),
  fc.option(
    fc.oneof({ weight: 6, arbitrary: fc.constantFrom<unknown>("m.ts", ["a.ts", "b/"]) }, VALUES),
  ),
).map(([options, profiles, module]) => ({
  ...options,
  ...(profiles !== null && { profiles }),
  ...(module !== null && { module }),
}));

/** The texts of `tags` in settings and their profiles. */
function tagsIn(settings: Record<string, unknown>): string[] {
  const { profiles = {} } = settings;
  const all = [settings, ...isRecord(profiles) ? Object.values(profiles).filter(isRecord) : []];
  return all.flatMap(({ tags }) => typeof tags === "string" && tags !== "" ? [tags] : []);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function isTagExpression(text: string): boolean {
  try {
    return Boolean(parseTagExpression(text));
  } catch {
    return false;
  }
}

Deno.test("parseSettings() accepts what the schema accepts, for 2,000 random settings", () => {
  const counts = { valid: 0, invalid: 0 };
  fc.assert(
    fc.property(SETTINGS, (settings) => {
      fc.pre(tagsIn(settings).every(isTagExpression)); // a grammar, which no pattern can check
      const isValid = validate(settings);
      counts[isValid ? "valid" : "invalid"]++;
      assertEquals(isParsed(settings), isValid, JSON.stringify(settings));
    }),
    { numRuns: 2000 },
  );
  assert(counts.valid > 300 && counts.invalid > 300, JSON.stringify(counts));
});
