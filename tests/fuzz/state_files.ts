/** Random state files: valid ones, and mutations of them. */
import type { Random } from "../soak/random.ts";

/** The name and text of a file. */
export interface StateText {
  readonly name: string;
  readonly text: string;
}

const JSONS = [
  '{"a": 1, "b": [true, null, "x"], "c": {"d": -0.5e3}}',
  '{"list": [], "nested": {"nested": {"nested": {}}}, "": 0}',
  '{"__proto__": {"x": 1}, "constructor": 2, "toString": "t"}',
  '{"results": {"a": 1}}',
  '{"_state_lock": 1}',
  "[1, 2]",
  '"text"',
  "null",
  "",
];
const YAMLS = [
  "a: 1\nb:\n  - x\n  - {c: d}\ne: |\n  text\n  more\n",
  "base: &base {x: 1}\nother:\n  <<: *base\nself: &self\n  again: *self\n",
  "date: 2026-11-24\nset: !!set {a, b}\nbin: !!binary aGVsbG8=\nnan: .nan\n",
  "- 1\n- 2\n",
  "? [complex]\n: key\n",
  "a: !!js/function 'x'\nb: !custom y\n",
  "---\na: 1\n---\nb: 2\n",
  "results: 1\n",
  "~\n",
];
const PIECES = [
  ...[
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    '"',
    "'",
    "\n",
    "\t",
    "&a",
    "*a",
    "!!",
    "|",
    ">",
    "%",
    "#",
    "---",
  ],
  ...[
    "\u0000",
    "\ufeff",
    "\ud800",
    "1e999",
    "0x",
    "undefined",
    "NaN",
    "?",
    "- ",
    "  ",
    "\\u12",
    "\\",
  ],
];

/** Creates a state file. */
export function randomStateFile(random: Random): StateText {
  const isYaml = random.chance(0.5);
  let text: string = random.pick(isYaml ? YAMLS : JSONS);
  for (let i = random.int(0, 5); i > 0; i--) {
    const [from, to] = [random.int(0, text.length), random.int(0, text.length)];
    const piece = random.chance(0.5) ? random.pick(PIECES) : text.slice(from, to);
    text = text.slice(0, from) + piece + text.slice(from + random.int(0, 3));
  }
  if (random.chance(0.02)) text = "[".repeat(20_000) + text;
  return { name: isYaml ? random.pick(["s.yaml", "s.yml", "s.YML"]) : "s.json", text };
}
