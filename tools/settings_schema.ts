/**
 * Generates docs/settings.schema.json, the JSON schema of tdrun.json and of the key "tdrun" in a
 * deno.json, from the option table: `deno task schema`. A test compares the file with the generated
 * text, and random settings with the parser.
 */
import type { OptionEntry } from "../src/cli/args/option_entry.ts";
import { isFlag, SETTABLE, SETTING_TYPES } from "../src/cli/settings/setting_types.ts";

/** The path of the schema. */
export const SETTINGS_SCHEMA = new URL("../docs/settings.schema.json", import.meta.url);

type Schema = Readonly<Record<string, unknown>>;

/** Generates the text of the schema. */
export function settingsSchema(): string {
  const options = Object.fromEntries(
    SETTABLE.toSorted((a, b) => a.key < b.key ? -1 : 1).map((option) => [
      option.key,
      { description: option.description, anyOf: valuesOf(option) },
    ]),
  );
  const schema = {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "Settings of tdrun",
    description: 'The file tdrun.json, or the key "tdrun" in a deno.json. docs/configuration.md.',
    type: "object",
    additionalProperties: false,
    properties: {
      $schema: { description: "The address of this schema." },
      module: {
        description: "The module, folder or glob of commands that name none, or a list of these; " +
          "relative to this file.",
        anyOf: [
          { type: "string", minLength: 1 },
          { type: "array", minItems: 1, items: { type: "string", minLength: 1 } },
        ],
      },
      profiles: {
        description: "Settings that --profile=NAME or TDRUN_PROFILE adds, by name.",
        type: "object",
        additionalProperties: { $ref: "#/$defs/profile" },
      },
      ...options,
    },
    $defs: {
      profile: {
        type: "object",
        additionalProperties: false,
        properties: {
          extends: { description: "The profile whose settings this one adds to.", type: "string" },
          ...Object.fromEntries(
            Object.keys(options).map((key) => [key, { $ref: `#/properties/${key}` }]),
          ),
        },
      },
    },
  };
  return `${JSON.stringify(schema, null, 2)}\n`;
}

/** The alternatives of a value; null undoes a setting. */
function valuesOf(option: OptionEntry): Schema[] {
  if (isFlag(option)) return [{ type: "boolean" }, { type: "null" }];
  const { key, choices, preset, isRepeatable } = option;
  const { text, number } = SETTING_TYPES[key] ?? {};
  const texts = text === undefined && choices.length > 0
    ? { enum: choices }
    : { type: "string", minLength: 1, ...(text !== undefined && { pattern: text }) };
  const single: Schema[] = [
    texts,
    ...(number === undefined ? [] : [{
      type: number.isWhole ? "integer" : "number",
      minimum: number.minimum,
      maximum: number.maximum,
    }]),
  ];
  return [
    ...single,
    ...(isRepeatable ? [{ type: "array", items: { anyOf: single } }] : []),
    ...(preset === undefined ? [] : [{ type: "boolean" }]),
    { type: "null" },
  ];
}

if (import.meta.main) Deno.writeTextFileSync(SETTINGS_SCHEMA, settingsSchema());
