/** Validation of option names: types find misspellings, but `deno run` does not check types. */
import { didYouMean } from "../base/suggest.ts";

/**
 * All options, and which of them are booleans: a record, so that the compiler finds a missing
 * option.
 */
export type KnownOptions<Options> = {
  readonly [Name in keyof Options]-?: Options[Name] extends boolean | undefined ? "boolean" : true;
};

/**
 * Rejects unknown options, values that are no options object, and non-boolean values of boolean
 * options. Otherwise `afer: ["load"]` would be ignored silently, and `"false"` would be true.
 *
 * @param cannot The start of the message: `Cannot mark a task`.
 * @throws {TypeError} naming the option, and the nearest one or the expected value.
 */
export function validateOptions<Options extends object>(
  options: Options,
  known: KnownOptions<Options>,
  cannot: string,
): void {
  const kinds: Readonly<Record<string, true | "boolean">> = known;
  if (options === null || typeof options !== "object" || Array.isArray(options)) {
    const example = `expected an object, such as { ${Object.keys(kinds)[0]}: … }`;
    throw new TypeError(`${cannot} with ${Deno.inspect(options)}: ${example}`);
  }
  for (const name of Object.keys(options) as (string & keyof Options)[]) {
    if (!Object.hasOwn(kinds, name)) {
      const names = Object.keys(kinds);
      const hint = didYouMean(name, names) || `; expected one of ${names.join(", ")}`;
      throw new TypeError(`${cannot} with "${name}": no such option${hint}`);
    }
    if (kinds[name] !== "boolean") continue;
    const value = options[name];
    if (value !== undefined && typeof value !== "boolean") {
      throw new TypeError(`${cannot} with ${name}: ${Deno.inspect(value)}: expected true or false`);
    }
  }
}
