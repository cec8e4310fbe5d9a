/** Minimum version of Deno. Older versions fail later, with errors that do not name the cause. */
const NEEDED: readonly [major: number, minor: number] = [2, 9];

/**
 * Returns a one-line message if this version of Deno is not supported, else undefined.
 *
 * @param version The version of Deno; undefined in Node.js, Bun and browsers, where the package can
 * be installed, too.
 */
export function unsupportedDenoMessage(
  version: string | undefined = thisVersion(),
): string | undefined {
  if (version === undefined) {
    return `thread-order needs Deno ${NEEDED.join(".")} or later, and this is not Deno`;
  }
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major > NEEDED[0] || (major === NEEDED[0] && minor >= NEEDED[1])) return undefined;
  return `thread-order needs Deno ${NEEDED.join(".")} or later, and this is ${version}: ` +
    `run "deno upgrade"`;
}

function thisVersion(): string | undefined {
  return (globalThis as { readonly Deno?: typeof Deno }).Deno?.version.deno;
}
