/** Random command lines: mutations of real ones. */
import { OPTIONS } from "../../src/cli/args/option_table.ts";
import type { Random } from "../soak/random.ts";

/** Real command lines, which are mutated. */
const SEEDS: readonly (readonly string[])[] = [
  ["module.js"],
  ["module.js::alpha"],
  ["module.js::alpha::beta", "--with-deps"],
  ["module.js", "--tags", "x and not (y or z)", "--list"],
  ["module.js", "--exclude=alpha,b*", "--dry-run"],
  ["module.js", "--graph=dot"],
  ["module.js", "--key=value", "--n:=[1,2]", "--result-alpha:=3"],
  ["module.js", "--state-file", "state.json"],
  ["module.js", "--timeout", "5s", "--retries=2:1ms", "--fail-fast=1:kill"],
  ["module.js", "--reporter=json", "--reporter=junit=out.xml"],
  ["module.js", "--output=grouped", "--durations=3", "--progress"],
  ["--completions", "bash"],
  ["--help"],
  ["--version"],
];

/** Unusual values of options. */
const VALUES = [
  ...["", "0", "-1", "1.5", "1e9", "NaN", "Infinity", "99999999999999999999", "0x10", " 1 ", "١"],
  ...["5s", "5 s", "5sec", "-5s", ".5s", "1h1m", "3:", ":3", "3:1s:2", "1:kill", "kill", "1:KILL"],
  ...[
    "a,b",
    ",",
    ",,",
    "a and",
    "not",
    "(",
    ")",
    "a and (b",
    "and and and",
    "*",
    "?",
    "[a]",
    "a::b",
  ],
  ...["text", "dot", "json", "json=", "json==", "junit=/", "=", "==", "null", "{}", "[", '{"a":1}'],
  ...[
    "__proto__",
    "constructor",
    "toString",
    "results",
    "_x",
    "é",
    "日本",
    "👩‍👩‍👧",
    "\ud800",
    "a\nb",
    "\t",
  ],
  ...[
    "\u001b[31m",
    "\u0000",
    "../../..",
    "/",
    ".",
    "..",
    "~",
    "file:///",
    "data:,",
    "%00",
    "%",
    "#",
    "?",
  ],
] as const;

/** Options that would run long, or write files without the System. */
const LEFT_OUT = [
  ...["--repeat", "--watch", "--log", "--isolate", "--rerun-failed", "--journal", "--workers"],
];

const TABLE = OPTIONS.filter(({ name }) => !LEFT_OUT.includes(name));

/** Creates a command line. Runs use the main thread. */
export function randomArguments(random: Random): string[] {
  let args = [...random.pick(SEEDS)];
  for (let i = random.int(0, 4); i > 0; i--) args = mutated(args, random);
  args = args.filter((arg) => !LEFT_OUT.some((name) => arg.startsWith(name)));
  const isRun = !args.includes("--completions");
  return isRun && random.chance(0.9) ? ["--workers=0", "--timeout=1s", ...args] : args;
}

function mutated(args: readonly string[], random: Random): string[] {
  const at = random.int(0, args.length);
  const insert = (...items: string[]) => args.toSpliced(at, 0, ...items);
  switch (random.int(0, 9)) {
    case 0:
      return insert(random.pick(TABLE).name);
    case 1:
      return insert(`${random.pick(TABLE).name}=${value(random)}`);
    case 2:
      return insert(random.pick(TABLE).name, value(random));
    case 3:
      return insert(`--${value(random)}${random.pick(["=", ":=", ":", ""])}${value(random)}`);
    case 4:
      return insert(`--result-${value(random)}${random.pick(["=", ":="])}${value(random)}`);
    case 5:
      return args.toSpliced(at, 1);
    case 6:
      return args.map((arg, i) => i === at ? scrambled(arg, random) : arg);
    case 7:
      return insert(value(random));
    case 8:
      return insert(
        random.pick(["--", "-", "-x", "-V", "-h", "---", "--=", "--:=", "::", "--no-"]),
      );
    default:
      return [...args, ...args.slice(at)];
  }
}

function value(random: Random): string {
  if (random.chance(0.02)) return random.pick(VALUES).repeat(5_000);
  return random.chance(0.2) ? scrambled(random.pick(VALUES), random) : random.pick(VALUES);
}

function scrambled(text: string, random: Random): string {
  const at = random.int(0, text.length);
  switch (random.int(0, 3)) {
    case 0:
      return text.slice(0, at) + text.slice(at + 1);
    case 1:
      return text.slice(0, at) + String.fromCharCode(random.int(1, 0x2ff)) + text.slice(at);
    case 2:
      return text.slice(0, at) + random.pick(VALUES) + text.slice(at);
    default:
      return text.toUpperCase();
  }
}
