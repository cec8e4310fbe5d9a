/**
 * Which of the language's own functions are no longer those. A task may replace them in its thread, and what
 * breaks then looks like nobody's fault: whoever has to say that something broke says this, too.
 *
 * Nothing is compared before something has broken. The text of a function tells whether it is the
 * language's own: only then the engine has no source of it.
 */

/** What this library cannot do without. */
const HOLDERS = [
  ..."Array ArrayBuffer Boolean Date Error Function Int32Array JSON Map Math Number Object"
    .split(" "),
  ..."Promise Proxy Reflect Set SharedArrayBuffer String Symbol TypeError Uint8Array WeakMap".split(
    " ",
  ),
];
/** More names would say less. */
const NAMES_MAX = 3;

const { apply, getOwnPropertyDescriptor, ownKeys } = Reflect;
const functionText = Function.prototype.toString;
const indexOf = String.prototype.indexOf;
const originals: readonly unknown[] = HOLDERS.map((name) => Reflect.get(globalThis, name));

/** Appends the names of what was replaced to a message; nothing if nothing was. */
export function explainPatchedBuiltIns(message: string): string {
  const names = patchedNames();
  return names === "" ? message : `${message} (the module or a task has replaced ${names})`;
}

/** Their names. Loops and sums alone: anything else might be what was replaced. */
function patchedNames(): string {
  let names = "";
  let count = 0;
  try {
    for (let i = 0; i < HOLDERS.length && count < NAMES_MAX; i++) {
      const name = HOLDERS[i]!;
      const holder = originals[i] as { prototype?: object };
      const isSame = getOwnPropertyDescriptor(globalThis, name)?.value === holder;
      let found = isSame ? firstPatchedIn(holder, name) : name;
      if (found === "" && holder.prototype) {
        found = firstPatchedIn(holder.prototype, `${name}.prototype`);
      }
      if (found === "") continue;
      names += count++ === 0 ? found : `, ${found}`;
    }
  } catch {
    // what this needs itself is gone
  }
  return names;
}

/** The name of the first function of an object that is not the language's own. */
function firstPatchedIn(holder: object, path: string): string {
  const keys = ownKeys(holder);
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i]!;
    const value: unknown = getOwnPropertyDescriptor(holder, key)?.value;
    if (key === "constructor" || typeof value !== "function" || isNative(value)) continue;
    return typeof key === "symbol" ? `${path}[${key.description}]` : `${path}.${key}`;
  }
  return "";
}

function isNative(value: object): boolean {
  return apply(indexOf, apply(functionText, value, []), ["[native code]"]) >= 0;
}
