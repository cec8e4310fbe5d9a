/** Validates the settings of a project, and resolves a profile. */
import { UsageError } from "../../base/errors.ts";
import { onOneLine, truncate } from "../../base/text_format.ts";
import { didYouMean } from "../../base/suggest.ts";
import type { OptionEntry } from "../args/option_entry.ts";
import type { TypedOptions } from "../args/option_table.ts";
import { policyOf, repeatOf } from "../args/resolve_request.ts";
import { resolveSetting, type SettingsFile } from "./find_settings.ts";
import { isFlag, SETTABLE, SETTING_TYPES } from "./setting_types.ts";

/** A setting in force. */
export interface Setting {
  /** The value in the file. */
  readonly json: unknown;
  /** The value of the option; undefined if the setting undoes another one. */
  readonly value: unknown;
  /** The name of the profile that it is in, if it is in one. */
  readonly profile: string | undefined;
}

/** The settings in force. */
export interface Settings {
  readonly file: SettingsFile;
  /** The modules for commands that name none, for the current folder; usually one. */
  readonly modules: readonly string[];
  /** The settings by the keys of their options. */
  readonly entries: ReadonlyMap<string, Setting>;
}

type Json = Readonly<Record<string, unknown>>;
type Path = readonly string[];

/** Keys of settings and profiles that are no options. */
const OWN_KEYS = ["$schema", "module", "profiles"];
const PROFILE_KEYS = ["extends"];
/** Settings whose value is a path. */
const PATH_KEYS: ReadonlySet<string> = new Set(["stateFile", "stateOut", "cacheDir"]);
const SETTABLE_KEYS = SETTABLE.map(({ key }) => key);

/**
 * Validates all settings of a file, and resolves a profile.
 *
 * @param profile The profile; undefined for none.
 * @param folder The current folder, for paths.
 * @throws {UsageError} naming the path of a wrong key or value.
 */
export function parseSettings(
  file: SettingsFile,
  profile: string | undefined,
  folder: string,
): Settings {
  const reader = new SettingsReader(file, folder);
  const { root } = file;
  const content = reader.object(file.content, root);
  const { module } = content;
  const modules = module === undefined ? [] : [module].flat();
  if (modules.some((it) => typeof it !== "string" || it === "") || isEmptyList(module)) {
    throw reader.error([...root, "module"], "expected the path of a module, or a list", module);
  }
  const base = reader.options(content, root, OWN_KEYS);
  const { profiles = {} } = content;
  const layers = reader.profiles(profiles, [...root, "profiles"]);
  const chain = profile === undefined ? [] : chainOf(layers, profile, reader);
  const all = [
    { name: undefined, options: base },
    ...chain.map((name) => ({ name, options: layers.get(name)!.options })),
  ];
  const entries = all.flatMap(({ name, options }) =>
    [...options].map(([key, setting]) => [key, { ...setting, profile: name }] as const)
  );
  return {
    file,
    modules: modules.map((it) => resolveSetting(it as string, file, folder)),
    entries: new Map(entries),
  };
}

function isEmptyList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}

type ParsedSetting = Omit<Setting, "profile">;

/** The settings of a profile, and the profile that it extends. */
interface Profile {
  readonly base: string | undefined;
  readonly options: ReadonlyMap<string, ParsedSetting>;
}

/** The profiles to apply, the one that extends no other first. */
function chainOf(
  profiles: ReadonlyMap<string, Profile>,
  name: string,
  reader: SettingsReader,
): string[] {
  if (!profiles.has(name)) throw reader.unknownProfile(name, [...profiles.keys()]);
  const chain: string[] = [];
  for (let at: string | undefined = name; at !== undefined; at = profiles.get(at)!.base) {
    chain.unshift(at);
  }
  return chain;
}

/** Reads the parts of a file, and names them in errors. */
class SettingsReader {
  readonly #file: SettingsFile;
  readonly #folder: string;

  constructor(file: SettingsFile, folder: string) {
    this.#file = file;
    this.#folder = folder;
  }

  error(path: Path, expected: string, got?: unknown): UsageError {
    const text = got === undefined ? "" : `, got ${onOneLine(truncate(JSON.stringify(got), 80))}`;
    return new UsageError(
      `Cannot use ${onOneLine(path.join("."))} in "${this.#file.path}": ${expected}${text}`,
    );
  }

  unknownProfile(name: string, names: readonly string[]): UsageError {
    const known = names.length === 0 ? "no profiles" : `the profiles ${names.join(", ")}`;
    return new UsageError(
      `Cannot use the profile "${onOneLine(name)}": "${this.#file.path}" has ${known}` +
        didYouMean(name, names),
    );
  }

  object(json: unknown, path: Path): Json {
    if (typeof json === "object" && json !== null && !Array.isArray(json)) return json as Json;
    throw this.error(path, "expected an object", json);
  }

  /** Reads all profiles, and checks what they extend. */
  profiles(json: unknown, path: Path): Map<string, Profile> {
    const profiles = new Map(
      Object.entries(this.object(json, path)).map(([name, profile]): [string, Profile] => {
        const at = [...path, name];
        const content = this.object(profile, at);
        const { extends: base } = content;
        if (base !== undefined && typeof base !== "string") {
          throw this.error([...at, "extends"], "expected the name of a profile", base);
        }
        return [name, { base, options: this.options(content, at, PROFILE_KEYS) }];
      }),
    );
    const names = [...profiles.keys()];
    for (const [name, { base }] of profiles) {
      const at = [...path, name, "extends"];
      if (base !== undefined && !profiles.has(base)) {
        throw this.error(at, `no such profile${didYouMean(base, names)}`, base);
      }
      const seen = new Set([name]);
      for (let next = base; next !== undefined; next = profiles.get(next)?.base) {
        if (seen.has(next)) throw this.error(at, `the profile "${next}" extends itself`);
        seen.add(next);
      }
    }
    return profiles;
  }

  /** Reads the options of the settings or of a profile. */
  options(json: Json, path: Path, others: readonly string[]): Map<string, ParsedSetting> {
    const found = new Map<string, ParsedSetting>();
    for (const [key, value] of Object.entries(json)) {
      if (others.includes(key)) continue;
      const option = SETTABLE.find((it) => it.key === key);
      if (option === undefined) throw this.#unknownKey(key, path, others);
      found.set(key, { json: value, value: this.#value(option, value, [...path, key]) });
    }
    return found;
  }

  #unknownKey(key: string, path: Path, others: readonly string[]): UsageError {
    const camelCase = key.replace(/^--/, "").replace(/-(.)/g, (_, letter) => letter.toUpperCase());
    const names = [...SETTABLE_KEYS, ...others];
    const hint = names.includes(camelCase)
      ? `; did you mean "${camelCase}"?`
      : didYouMean(key, names);
    return this.error([...path, key], `no such setting${hint}`);
  }

  /** Parses the value of an option; undefined if the setting undoes another one. */
  #value(option: OptionEntry, json: unknown, path: Path): unknown {
    const { key, preset, isRepeatable } = option;
    if (json === null) return undefined;
    if (typeof json === "boolean" && isFlag(option)) return this.#flag(option, json);
    if (json === false && preset !== undefined) return undefined;
    if (isFlag(option)) throw this.error(path, "expected true or false", json);
    const texts = isRepeatable && Array.isArray(json) ? json : [json];
    if (texts.length === 0) return undefined;
    let value: unknown;
    for (const item of texts) {
      const text = item === true ? preset : this.#text(key, item);
      if (text === undefined || item === "") throw this.error(path, expectation(option), item);
      value = this.#parsed(option, text, value, path);
    }
    return value;
  }

  /** The value of a flag: false undoes it, unless the option's own value is false. */
  #flag({ name }: OptionEntry, json: boolean): boolean | undefined {
    return json || name.startsWith("--no-") || name === "--skip-deps" ? json : undefined;
  }

  /** The text of a JSON value, as on the command line; undefined if the type is wrong. */
  #text(key: string, json: unknown): string | undefined {
    if (typeof json === "string") return this.#resolved(key, json);
    const { number } = SETTING_TYPES[key] ?? {};
    if (typeof json !== "number" || number === undefined) return undefined;
    const { minimum, maximum, isWhole } = number;
    const isInRange = json >= minimum && json <= maximum && (!isWhole || Number.isInteger(json));
    return isInRange ? String(json) : undefined;
  }

  /** Resolves the path in a value. */
  #resolved(key: string, text: string): string {
    const resolve = (path: string) => resolveSetting(path, this.#file, this.#folder);
    if (text !== "" && PATH_KEYS.has(key)) return resolve(text);
    const [, name, path] = key === "reporter" ? /^(\w+=)(.+)$/s.exec(text) ?? [] : [];
    return path === undefined ? text : name + resolve(path);
  }

  #parsed(option: OptionEntry, text: string, previous: unknown, path: Path): unknown {
    try {
      const value = option.parse(text, previous);
      const options = { [option.key]: value } as TypedOptions;
      policyOf(options);
      repeatOf(options);
      const { text: pattern } = SETTING_TYPES[option.key] ?? {};
      if (pattern === undefined || new RegExp(pattern, "s").test(text)) return value;
      throw this.error(path, expectation(option), text);
    } catch (error) {
      if (!(error instanceof UsageError) || error.message.includes(this.#file.path)) throw error;
      const why = /^Cannot [^:]*?(?:=[^]*?)?: (.*)$/s.exec(error.message)?.[1] ?? error.message;
      throw this.error(path, why, text);
    }
  }
}

/** Formats the values that an option accepts, for messages. */
function expectation({ key, choices, value, preset, isRepeatable }: OptionEntry): string {
  const { number } = SETTING_TYPES[key] ?? {};
  const text = choices.length > 0 ? `one of ${choices.join(", ")}` : `a text (${value})`;
  const range = number &&
    `a${number.isWhole ? " whole" : ""} number from ${number.minimum} to ${
      number.maximum === Number.MAX_SAFE_INTEGER ? "2^53 - 1" : number.maximum
    }`;
  const kinds = [range, text, preset === undefined ? undefined : "true or false"];
  const list = isRepeatable ? ", or a list of these" : "";
  return `expected ${kinds.filter((it) => it !== undefined).join(", or ")}${list}`;
}
