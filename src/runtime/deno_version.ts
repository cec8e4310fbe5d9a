/** The Deno that this needs. An older one fails somewhere, in words that do not say why. */
const NEEDED: readonly [major: number, minor: number] = [2, 9];

/**
 * Why this Deno will not do, in one line.
 *
 * @param version Its version; undefined in Node.js, Bun or a browser, where the package may be had, too.
 * @returns Undefined where it does.
 */
export function unsupportedDenoMessage(
  version: string | undefined = thisVersion(),
): string | undefined {
  if (version === undefined) {
    return `thread-order needs Deno ${NEEDED.join(".")} or later, and this is no Deno`;
  }
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major > NEEDED[0] || (major === NEEDED[0] && minor >= NEEDED[1])) return undefined;
  return `thread-order needs Deno ${NEEDED.join(".")} or later, and this is ${version}: ` +
    `run "deno upgrade"`;
}

function thisVersion(): string | undefined {
  return (globalThis as { readonly Deno?: typeof Deno }).Deno?.version.deno;
}
