/** Options by their names: types tell a slip from an option, but `deno run` does not look at types. */
import { closest } from "../base/suggest.ts";

/** Every option there is: a record, so that types see to it that none is missing. */
export type KnownOptions<Options> = Readonly<Record<keyof Options, true>>;

/**
 * Refuses an option that there is not, and what is no options. Without a word `afer: ["load"]` would be no order at all.
 *
 * @param cannot How the refusal begins: `Cannot mark a task`.
 * @throws {TypeError} that names it, and the nearest one.
 */
export function refuseUnknown<Options extends object>(
  options: Options,
  known: KnownOptions<Options>,
  cannot: string,
): void {
  const names = Object.keys(known);
  if (options === null || typeof options !== "object" || Array.isArray(options)) {
    const example = `options are an object, such as { ${names[0]}: … }`;
    throw new TypeError(`${cannot} with ${Deno.inspect(options)}: ${example}`);
  }
  const unknown = Object.keys(options).find((name) => !Object.hasOwn(known, name));
  if (unknown === undefined) return;
  const near = closest(unknown, names);
  const hint = near === undefined ? `there are ${names.join(", ")}` : `did you mean "${near}"?`;
  throw new TypeError(`${cannot} with "${unknown}": there is no such option; ${hint}`);
}
