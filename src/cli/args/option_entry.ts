/** Entries of the option table: their type, and the functions that create them. */

/** An option of the command. */
export interface OptionEntry<Key extends string = string, Value = unknown> {
  /** The long form: `--workers`. */
  readonly name: string;
  /** The short form, if any: `-h`. */
  readonly short: string | undefined;
  /** The key of the value: `failFast` for `--fail-fast`, `journal` for `--no-journal`. */
  readonly key: Key;
  /** The long form and the placeholder, as in the help: `--workers <n>`. */
  readonly flags: string;
  readonly description: string;
  /** A shorter description for `-h`, which lists only options that have one. */
  readonly brief: string | undefined;
  /** The placeholder of the value in the help: `n`. Undefined if the option takes no value. */
  readonly value: string | undefined;
  /** Whether the value may be omitted. */
  readonly isValueOptional: boolean;
  /** The value if omitted. */
  readonly preset: string | undefined;
  /** Whether repeated uses accumulate; otherwise the last one counts. */
  readonly isRepeatable: boolean;
  /** The allowed values, or what a value has to begin with; empty if any value is allowed. */
  readonly choices: readonly string[];
  /**
   * Parses the value.
   *
   * @param text The value as typed; empty if the option takes none.
   * @param previous The value of the previous use, if the option is repeated.
   * @throws {UsageError} if the value is invalid.
   */
  parse(text: string, previous: Value | undefined): Value;
}

/** The optional properties of an entry. */
export interface OptionExtras {
  readonly short?: string;
  readonly brief?: string;
  readonly preset?: string;
  readonly isRepeatable?: boolean;
  readonly choices?: readonly string[];
}

/** The key of an option: `failFast` for `--fail-fast [n]`, `journal` for `--no-journal`. */
export type KeyOf<Flags extends string> = Flags extends `${infer Name} ${string}` ? KeyOf<Name>
  : Flags extends `--no-${infer Name}` ? CamelCase<Name>
  : Flags extends `--${infer Name}` ? CamelCase<Name>
  : never;

type CamelCase<Text extends string> = Text extends `${infer Head}-${infer Tail}`
  ? `${Head}${Capitalize<CamelCase<Tail>>}`
  : Text;

/** The parsed values of the options that were given, by key. */
export type OptionValues<Entry extends OptionEntry> = {
  -readonly [E in Entry as E["key"]]?: ReturnType<E["parse"]> | undefined;
};

/** Creates an option without a value; `--no-…` sets its key to false. */
export function flag<const Flags extends string>(
  flags: Flags,
  description: string,
  extras: OptionExtras = {},
): OptionEntry<KeyOf<Flags>, Flags extends `--no-${string}` ? false : true> {
  type Value = Flags extends `--no-${string}` ? false : true;
  const value = !flags.startsWith("--no-") as Value;
  return valueOption(flags, description, () => value, extras);
}

/** Creates an option with a required (`--order <order>`) or optional value (`--graph [format]`). */
export function valueOption<const Flags extends string, Value>(
  flags: Flags,
  description: string,
  parse: (text: string, previous?: Value) => Value,
  { short, brief, preset, isRepeatable = false, choices = [] }: OptionExtras = {},
): OptionEntry<KeyOf<Flags>, Value> {
  const [, name = "", value] = /^(--[a-z-]+)(?: [<[](.+)[>\]])?$/.exec(flags)!;
  const key = name.replace(/^--(no-)?/, "").replace(/-(.)/g, (_, letter) => letter.toUpperCase());
  return {
    name,
    short,
    flags,
    description,
    brief,
    value,
    preset,
    isRepeatable,
    choices,
    parse,
    key: key as KeyOf<Flags>,
    isValueOptional: preset !== undefined,
  };
}

/** Accepts any value. */
export function anyText(value: string): string {
  return value;
}
