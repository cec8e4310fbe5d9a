/** docs/events.schema.json, and validation of lines of the json reporter. */
import Ajv2020 from "ajv/2020";
import schema from "../../docs/events.schema.json" with { type: "json" };

/** A part of the schema, as far as tests read it. */
export interface SchemaPart {
  readonly $ref?: string;
  readonly const?: unknown;
  readonly type?: string;
  readonly oneOf?: readonly unknown[];
  readonly enum?: readonly string[];
  readonly required?: readonly string[];
  readonly additionalProperties?: unknown;
  readonly properties?: Readonly<Record<string, SchemaPart>>;
}

/** The definitions of the schema, by name. */
export const PARTS: Readonly<Record<string, SchemaPart>> = schema.$defs;

/** The names of the types of lines. */
export const KINDS: readonly string[] = schema.oneOf.map(({ $ref }) => $ref.split("/").at(-1)!);

const ajv = new Ajv2020.default({ strict: true, discriminator: false });
const validate = ajv.compile(schema);

/** Whether a parsed line matches the schema. */
export function isLine(value: unknown): boolean {
  return validate(value);
}

/** Throws an error with the line if it is not JSON or does not match the schema. */
export function assertLine(line: string): void {
  if (isLine(JSON.parse(line))) return;
  throw new Error(`${line}\n${ajv.errorsText(validate.errors)}`);
}
