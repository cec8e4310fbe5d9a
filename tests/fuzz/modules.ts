/** Random invalid modules: wrong exports, unusual names, throwing getters, misuse of `mark`. */
import type { Random } from "../soak/random.ts";

const LIBRARY = new URL("../../mod.ts", import.meta.url).href;

const VALUES = [
  ...["1", "null", "undefined", "'x'", "10n", "NaN", "-0", "Symbol('s')", "() => 1", "class A {}"],
  ...[
    "new Map([[{}, 1]])",
    "(() => { const o = {}; o.o = o; return o; })()",
    "new WeakMap()",
    "[,,1]",
  ],
  ...["new Proxy({}, { get() { throw new Error('trap'); } })", "new (class A { x = 1 })()", "/x/g"],
  ...["new Proxy({}, { ownKeys() { throw 1; }, getPrototypeOf() { throw 2; } })", "globalThis"],
  ...["({ get x() { throw new Error('getter'); } })", "({ then: 1 })", "({ then() {} })"],
  ...[
    "({ then(resolve) { resolve(1); } })",
    "({ then() { throw new Error('then'); } })",
    "'\\ud800'",
  ],
  ...[
    "({ get then() { throw new Error('get then'); } })",
    "new Error('e', { cause: 1 })",
    "[[[[]]]]",
  ],
  ...["Object.assign(new Error('e'), { cause: null, toString() { throw 1; } })", "new Date(NaN)"],
  ...["Promise.resolve(1)", "Promise.reject('no')", "Object.create(null)", "new Uint8Array(3)"],
  ...["(() => { throw { toString() { throw 1; } }; })()", "new AggregateError([1, null], 'many')"],
  ...["(() => { throw new Proxy(new Error('p'), { get() { throw 1; } }); })()", "'x'.repeat(1e5)"],
  ...["(() => { throw Object.defineProperty(new Error(), 'stack', { get() { throw 1; } }); })()"],
] as const;

const OPTIONS = [
  ...[
    "after: ['alpha']",
    "after: 'alpha'",
    "after: 3",
    "after: [null]",
    "after: [{}]",
    "after: null",
  ],
  ...[
    "after: ['NAME']",
    "after: [() => 1]",
    "after: ['nobody']",
    "after: [Symbol()]",
    "after: [,]",
  ],
  ...[
    "tags: 'a,b'",
    "tags: ['a', 1]",
    "tags: {}",
    "tags: ['']",
    "withState: 'no'",
    "withState: false",
  ],
  ...["timeout: 'soon'", "timeout: -1", "timeout: Infinity", "timeout: {}", "timeout: '1s'"],
  ...["retries: '3'", "retries: { count: -1 }", "retries: null", "retries: 1", "retries: 1e9"],
  ...["mutex: 3", "mutex: ['', 'a']", "mutex: 'a'", "weight: 0", "weight: 1e9", "weight: '1'"],
  ...[
    "priority: 'high'",
    "priority: NaN",
    "priority: 1n",
    "when: 'never'",
    "when: 'failed'",
    "when: {}",
  ],
  ...["each: []", "each: {}", "each: 3", "each: [1, 'a b', {}]", "each: { a: 1 }", "each: null"],
  ...["each: [1, 1]", "each: 'ab'", "each: new Set([1])", "each: { '': 1 }", "each: ['NAME']"],
  ...["get after() { throw new Error('getter'); }", "unknown: 1", "__proto__: null", "then() {}"],
] as const;

/** Excludes "then": `import()` treats a module that exports it as a thenable. */
const NAMES = [
  ...[
    "alpha",
    "beta",
    "gamma",
    "$",
    "_",
    "ñ",
    "日本",
    "__proto__",
    "constructor",
    "toString",
  ],
  ...[
    "default",
    "a b",
    "",
    "\\ud800x",
    "a::b",
    "results",
    "length",
    "name",
    "prototype",
    "\\u001b[1m",
  ],
] as const;

const MISUSES = [
  ...[
    "mark()",
    "mark(3)",
    "mark(null)",
    "mark({}, {})",
    "mark({}, null)",
    "mark(class {})",
    "dmark()",
  ],
  ...["mark(async function* () { yield 1; })", "mark(Object.freeze(() => 1))", "mark({})(3)"],
  ...[
    "mark(new Proxy(() => 1, { get() { throw new Error('trap'); } }))",
    "mark(Math.max)",
    "mark([])",
  ],
  ...[
    "mark(new Proxy(() => 1, {}))",
    "mark({})(() => 1, { kind: 'field', name: 'x' })",
    "mark('x')",
  ],
  ...[
    "mark(mark)",
    "mark({}, mark(() => 1))",
    "mark(() => 1, 2)",
    "mark(new Proxy({}, { get() { throw 1; } }))",
  ],
] as const;

const BARE = [
  ...[
    "throw new Error('top');",
    "throw VALUE;",
    "await Promise.reject(VALUE);",
    "import './gone.js';",
  ],
  ...["export const = ;", "}{", "export * from './gone.js';", "import { gone } from 'LIBRARY';"],
  ...[
    "Promise.prototype.foo = 1;",
    "export const setupState = VALUE;",
    "export const teardownState = VALUE;",
  ],
  ...[
    "export const setupWorker = VALUE;",
    "export function addLoggingHighlights() { return VALUE; }",
  ],
  ...[
    "export const setupState = (state) => { state.x = VALUE; };",
    "import 'npm:';",
    "import 'nowhere';",
  ],
  ...["export const setupState = async () => { throw VALUE; };", "delete globalThis.gone;"],
  ...["export const teardownState = () => { throw VALUE; };", "export default mark(() => 1);"],
  ...["export class C { static get x() { throw new Error('getter'); } static t = mark(() => 1); }"],
  ...[
    "export class D { static #p = 1; static t = mark(() => VALUE); static u = 3; static then() {} }",
  ],
] as const;

/** Creates a module. */
export function randomModule(random: Random): string {
  const lines = [`import { dmark, mark } from "${LIBRARY}";`];
  for (let i = random.int(0, 5); i > 0; i--) lines.push(statement(random, i));
  return lines.join("\n").replaceAll("LIBRARY", LIBRARY)
    .replaceAll("VALUE", () => random.pick(VALUES)).replaceAll("NAME", () => random.pick(NAMES));
}

function statement(random: Random, i: number): string {
  const options = () => {
    const some = Array.from({ length: random.int(0, 3) }, () => random.pick(OPTIONS));
    return `{ ${some.join(", ")} }`;
  };
  const task = random.pick([
    () => "mark(() => VALUE)",
    () => `mark(${options()}, (state, task) => VALUE)`,
    () => `mark(${options()})(async (...args) => VALUE)`,
    () => `dmark(${options()}, () => VALUE)`,
    () => `mark((state) => { state.x = VALUE; return state; })`,
    () => `mark((state) => { state._state_lock.acquire(); return state.results; })`,
    () => random.pick(MISUSES),
    () => "VALUE",
  ])();
  if (random.chance(0.25)) return random.pick(BARE);
  return `const v${i} = ${task};\nexport { v${i} as "${random.pick(NAMES)}" };`;
}
