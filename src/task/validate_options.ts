/** Options by their names: types tell a slip from an option, but `deno run` does not look at types. */
import { didYouMean } from "../base/suggest.ts";

/**
 * Every option there is, and which of them are true or false: a record, so that types see to it that none is
 * missing.
 */
export type KnownOptions<Options> = {
  readonly [Name in keyof Options]-?: Options[Name] extends boolean | undefined ? "boolean" : true;
};

/**
 * Refuses an option that there is not, what is no options, and what is neither true nor false where it has to
 * be. Without a word `afer: ["load"]` would be no order at all, and `"false"` would be true.
 *
 * @param cannot How the refusal begins: `Cannot mark a task`.
 * @throws {TypeError} that names it, and the nearest one, or what it has to be.
 */
export function validateOptions<Options extends object>(
  options: Options,
  known: KnownOptions<Options>,
  cannot: string,
): void {
  const kinds: Readonly<Record<string, true | "boolean">> = known;
  const names = Object.keys(kinds);
  if (options === null || typeof options !== "object" || Array.isArray(options)) {
    const example = `options are an object, such as { ${names[0]}: … }`;
    throw new TypeError(`${cannot} with ${Deno.inspect(options)}: ${example}`);
  }
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(kinds, name)) {
      const hint = didYouMean(name, names) || `; there are ${names.join(", ")}`;
      throw new TypeError(`${cannot} with "${name}": there is no such option${hint}`);
    }
    if (kinds[name] === "boolean" && value !== undefined && typeof value !== "boolean") {
      throw new TypeError(`${cannot} with ${name}: ${Deno.inspect(value)}: it is true or false`);
    }
  }
}
