/** What an option of the command is, and how an entry of the option table is written. */

/** An option. */
export interface OptionEntry<Key extends string = string, Value = unknown> {
  /** As typed: `--workers`. */
  readonly name: string;
  /** `-h`, where there is one. */
  readonly short: string | undefined;
  /** What it sets: `failFast` for `--fail-fast`, `journal` for `--no-journal`. */
  readonly key: Key;
  /** As the help shows it: `--workers <n>`. */
  readonly flags: string;
  readonly description: string;
  /** What stands for its value in the help: `n`. Undefined: it takes none. */
  readonly value: string | undefined;
  /** Whether it may come without its value. */
  readonly isValueOptional: boolean;
  /** What its value is then. */
  readonly preset: string | undefined;
  /** Whether it adds up when it is given again. */
  readonly isRepeatable: boolean;
  /** What the value, or its beginning, can be; empty if it can be anything. */
  readonly choices: readonly string[];
  /**
   * Reads its value.
   *
   * @param text Empty, if it takes none.
   * @param previous What it was, if it was given before.
   * @throws {UsageError} when the text is no such value.
   */
  parse(text: string, previous: Value | undefined): Value;
}

/** What may be said of an option besides. */
export interface OptionExtras {
  readonly short?: string;
  readonly preset?: string;
  readonly isRepeatable?: boolean;
  readonly choices?: readonly string[];
}

/** `--fail-fast [n]` sets `failFast`, `--no-journal` sets `journal`. */
export type KeyOf<Flags extends string> = Flags extends `${infer Name} ${string}` ? KeyOf<Name>
  : Flags extends `--no-${infer Name}` ? Camel<Name>
  : Flags extends `--${infer Name}` ? Camel<Name>
  : never;

type Camel<Text extends string> = Text extends `${infer Head}-${infer Tail}`
  ? `${Head}${Capitalize<Camel<Tail>>}`
  : Text;

/** What options come to: by their keys, those that were given. */
export type OptionValues<Entry extends OptionEntry> = {
  -readonly [S in Entry as S["key"]]?: ReturnType<S["parse"]> | undefined;
};

/** An option that is there or not. */
export function flag<const Flags extends string>(
  flags: Flags,
  description: string,
  extras: OptionExtras = {},
): OptionEntry<KeyOf<Flags>, Flags extends `--no-${string}` ? false : true> {
  type Value = Flags extends `--no-${string}` ? false : true;
  const value = !flags.startsWith("--no-") as Value;
  return valueOption(flags, description, () => value, extras);
}

/** An option that takes a value: `--order <by>`; or may: `--graph [format]`. */
export function valueOption<const Flags extends string, Value>(
  flags: Flags,
  description: string,
  parse: (text: string, previous?: Value) => Value,
  { short, preset, isRepeatable = false, choices = [] }: OptionExtras = {},
): OptionEntry<KeyOf<Flags>, Value> {
  const [, name = "", value] = /^(--[a-z-]+)(?: [<[](.+)[>\]])?$/.exec(flags)!;
  const key = name.replace(/^--(no-)?/, "").replace(/-(.)/g, (_, letter) => letter.toUpperCase());
  return {
    ...{ name, short, flags, description, value, preset, isRepeatable, choices, parse },
    key: key as KeyOf<Flags>,
    isValueOptional: preset !== undefined,
  };
}

/** Reads a value as it is. */
export function anyText(value: string): string {
  return value;
}
