/**
 * The values of settings beyond texts: which options take a number, and the patterns of texts. The
 * parser of the settings and their JSON schema are both made from the option table and these.
 */
import { SCREEN_REPORTERS } from "../args/request.ts";
import type { OptionEntry } from "../args/option_entry.ts";
import { OPTIONS, type TypedOptions } from "../args/option_table.ts";
import { REPORTERS } from "../args/request.ts";
import { FAIL_FAST_MODES, SEEDS } from "../../run/run_policy.ts";
import { ENGINE_WORKERS_MAX } from "../../runtime/worker_limits.ts";

/** The JSON values of a setting beyond those that its option entry implies. */
export interface SettingType {
  /** The pattern of its texts. */
  readonly text?: string;
  /** The range of its numbers, if it takes numbers. */
  readonly number?: {
    readonly minimum: number;
    readonly maximum: number;
    readonly isWhole: boolean;
  };
}

/**
 * The keys of options that cannot be set: they act before the settings are read; and the shard,
 * which differs from machine to machine.
 */
const UNSETTABLE: ReadonlySet<string> = new Set<keyof TypedOptions>([
  ...["help", "version", "completions", "chdir", "profile", "settings", "shard"] as const,
]);

/** The options that can be set, without second forms such as `--no-skip-deps`. */
export const SETTABLE: readonly OptionEntry[] = [
  ...new Map(
    OPTIONS.filter(({ key }) => !UNSETTABLE.has(key)).toReversed().map((it) => [it.key, it]),
  )
    .values(),
].toReversed();

/** Whether a setting is `true` or `false`. */
export function isFlag({ value }: OptionEntry): boolean {
  return value === undefined;
}

const DURATION = "\\s*\\d+(\\.\\d+)? *(ms|s|m|h)?\\s*";
const POSITIVE_DURATION = `(?=.*[1-9])${DURATION}`;
const DURATION_MAX_MS = 2 ** 31 - 1;
const milliseconds = { minimum: 1, maximum: DURATION_MAX_MS, isWhole: false };
const whole = (minimum: number, maximum = Number.MAX_SAFE_INTEGER) => ({
  minimum,
  maximum,
  isWhole: true,
});
const DATA_NAMES = REPORTERS.filter((name) => !SCREEN_REPORTERS.some((it) => it === name));
const TOKEN = "\\s*[^,\\s][^,]*=\\d+\\s*";

/** The types of the settings that are not just a text, a choice or a flag, by key. */
export const SETTING_TYPES: Readonly<Partial<Record<string, SettingType>>> = {
  workers: { text: "^\\d+$", number: whole(0, ENGINE_WORKERS_MAX) },
  timeout: { text: `^${POSITIVE_DURATION}$`, number: milliseconds },
  deadline: { text: `^${POSITIVE_DURATION}$`, number: milliseconds },
  retries: { text: `^0*(\\d{1,3}|1000)(:${DURATION})?$`, number: whole(0, 1000) },
  failFast: { text: `^0*[1-9]\\d*(:(${FAIL_FAST_MODES.join("|")}))?$`, number: whole(1) },
  repeat: { text: "^0*[1-9]\\d*$", number: whole(1) },
  durations: { text: "^\\d+$", number: whole(0) },
  shuffle: { text: "^(any|\\d{1,9})$", number: whole(0, SEEDS - 1) },
  exclude: { text: "[^,\\s]" },
  tokens: { text: `^${TOKEN}(,${TOKEN})*$` },
  reporter: {
    text: `^((${SCREEN_REPORTERS.join("|")})(=(?!-$).+)?|(${DATA_NAMES.join("|")})(=.+)?)$`,
  },
};
