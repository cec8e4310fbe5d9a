/** Terminal features of a stream, by its destination and the environment. */

/** Facts about a stream. */
export interface StreamFacts {
  readonly isTerminal: boolean;
  /** Whether the runtime found `NO_COLOR` with a value that is not empty. */
  readonly noColor: boolean;
  /** Returns an environment variable; undefined if it is unset or may not be read. */
  readonly env: (name: string) => string | undefined;
}

/**
 * Whether colors are written. `FORCE_COLOR` takes precedence, as in Deno and Node.js: 0 and false
 * turn colors off, as in Node.js, and any other text turns them on, also for pipes.
 */
export function supportsColor({ isTerminal, noColor, env }: StreamFacts): boolean {
  const force = env("FORCE_COLOR");
  if (force) return !isNo(force);
  return isTerminal && !noColor && env("TERM") !== "dumb";
}

/**
 * Whether output may be redrawn. Continuous integration records everything that is written, and may
 * provide a terminal that is not watched.
 */
export function supportsLiveOutput({ isTerminal, env }: Omit<StreamFacts, "noColor">): boolean {
  const ci = env("CI");
  return isTerminal && env("TERM") !== "dumb" && (!ci || isNo(ci));
}

/**
 * Whether text may have characters beyond ASCII: unless the locale names another encoding than
 * UTF-8, as `LANG=C` does. Without a locale, as in containers, readers of the output use UTF-8.
 */
export function supportsUnicode(env: StreamFacts["env"]): boolean {
  const locale = env("LC_ALL") || env("LC_CTYPE") || env("LANG");
  return !locale || /utf-?8/i.test(locale);
}

function isNo(value: string): boolean {
  return value === "0" || value === "false";
}
