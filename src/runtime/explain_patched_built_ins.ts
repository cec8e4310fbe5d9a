/**
 * Detects built-in functions that were replaced. A task may patch built-ins in its thread, and what
 * then fails looks unrelated; the message about the failure names the patched functions.
 *
 * The check runs only after a failure. A function is native if its source text is `[native code]`.
 */

/** Globals that this library depends on. */
const HOLDERS = [
  ..."Array ArrayBuffer Boolean Date Error Function Int32Array JSON Map Math Number Object"
    .split(" "),
  ..."Promise Proxy Reflect Set SharedArrayBuffer String Symbol TypeError Uint8Array WeakMap".split(
    " ",
  ),
];
/** Maximum number of names in a message. */
const NAMES_MAX = 3;

const { apply, getOwnPropertyDescriptor, ownKeys } = Reflect;
const functionText = Function.prototype.toString;
const indexOf = String.prototype.indexOf;
const originals: readonly unknown[] = HOLDERS.map((name) => Reflect.get(globalThis, name));

/**
 * Appends the names of patched built-ins to a message; returns the message unchanged if there are
 * none.
 */
export function explainPatchedBuiltIns(message: string): string {
  const names = patchedNames();
  return names === "" ? message : `${message} (the module or a task has replaced ${names})`;
}

/** The names of patched built-ins. Uses only loops and concatenation: any method may be patched. */
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
    // a function that the check itself needs is patched
  }
  return names;
}

/** The path of the first function of an object that is not native; empty if all are. */
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
