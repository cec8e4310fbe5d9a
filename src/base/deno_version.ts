/** The Deno that this needs. An older one fails somewhere, in words that do not say why. */
const NEEDED: readonly [major: number, minor: number] = [2, 9];

/**
 * Why this Deno will not do, in one line.
 *
 * @param version Its version.
 * @returns Undefined where it does.
 */
export function refusalOfDeno(version: string = Deno.version.deno): string | undefined {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major > NEEDED[0] || (major === NEEDED[0] && minor >= NEEDED[1])) return undefined;
  return `thread-order needs Deno ${NEEDED.join(".")} or later, and this is ${version}: ` +
    `run "deno upgrade"`;
}
