/** What is shown on a stream, by where it leads and what the environment asks for. */

/** What is known about a stream. */
export interface StreamFacts {
  readonly isTerminal: boolean;
  /** Whether the runtime takes the user to want no colours: `NO_COLOR`, for all but an empty value. */
  readonly noColor: boolean;
  /** Reads an environment variable; undefined where it is not set, or may not be read. */
  readonly env: (name: string) => string | undefined;
}

/**
 * Whether colours are written. `FORCE_COLOR` is stronger than all else, as in Deno and Node: 0 and false
 * turn colours off, as in Node, and any other text turns them on, for pipes too.
 */
export function supportsColor({ isTerminal, noColor, env }: StreamFacts): boolean {
  const force = env("FORCE_COLOR");
  if (force) return !isNo(force);
  return isTerminal && !noColor && env("TERM") !== "dumb";
}

/**
 * Whether something may be drawn and drawn again. Continuous integration keeps all that is written, and
 * may give a terminal nobody looks at.
 */
export function supportsLiveOutput({ isTerminal, env }: Omit<StreamFacts, "noColor">): boolean {
  const ci = env("CI");
  return isTerminal && env("TERM") !== "dumb" && (!ci || isNo(ci));
}

function isNo(value: string): boolean {
  return value === "0" || value === "false";
}
