/**
 * An error as plain data. Structured clone turns a custom error into `Error` and loses `code`,
 * `cause` chains and the members of an AggregateError, so errors cross threads, and enter events,
 * as this record instead.
 */

/** Plain data about a thrown value. */
export interface ErrorRecord {
  /** The error's name: `TypeError`, `AssertionError`, or `string`, `null` when that was thrown. */
  readonly type: string;
  /** The message; for a thrown value that is no Error, its text. */
  readonly message: string;
  /** The stack as the engine wrote it, first line included. */
  readonly stack?: string;
  /** The cause, where there is one. */
  readonly cause?: ErrorRecord;
  /** The members of an AggregateError; of a SuppressedError what was thrown last, and what that hid. */
  readonly errors?: readonly ErrorRecord[];
  /** The error's own further properties (`code`, `status`, …) as inspected text; the runner adds a `hint`. */
  readonly props?: Readonly<Record<string, string>>;
}

const STANDARD = ["name", "message", "stack", "cause"];
/** What holds members. */
const HOLDERS = ["errors", "error", "suppressed"];
/** Of an AssertionError of node:assert. */
const NODE_ASSERT = ["generatedMessage", "actual", "expected", "operator", "diff"];
/** An error that holds thousands of others is cut here. */
const DEPTH_MAX = 8;
const MEMBERS_MAX = 20;

/**
 * Describes any thrown value. Never throws, whatever the value's getters do.
 *
 * @param thrown What was caught.
 */
export function recordError(thrown: unknown): ErrorRecord {
  return record(thrown, 0, []);
}

/** @param above The errors that it is a cause or a member of. */
function record(thrown: unknown, depth: number, above: readonly Error[]): ErrorRecord {
  const type = thrown === null ? "null" : typeof thrown;
  try {
    if (!(thrown instanceof Error)) return { type, message: inspect(thrown) };
    return above.includes(thrown)
      ? { type: nameOf(thrown), message: "the same error as above" }
      : describe(thrown, depth, [...above, thrown]);
  } catch {
    return { type, message: "an error that cannot be read" };
  }
}

function nameOf(error: Error): string {
  return String(error.name || error.constructor.name);
}

function describe(error: Error, depth: number, above: readonly Error[]): ErrorRecord {
  const told: { -readonly [K in keyof ErrorRecord]: ErrorRecord[K] } = {
    type: nameOf(error),
    message: String(error.message),
  };
  const stack = stackOf(error);
  if (stack !== undefined) told.stack = stack;
  const members = membersOf(error);
  if (depth < DEPTH_MAX) {
    if (error.cause !== undefined) told.cause = record(error.cause, depth + 1, above);
    // Half the depth for members: they multiply where causes only add up.
    const shown = members?.slice(0, depth === 0 ? MEMBERS_MAX : 3);
    if (shown) told.errors = shown.map((member) => record(member, depth + 2, above));
  }
  const own = Object.entries(error);
  const known = new Map(own);
  const elsewhere = [
    ...STANDARD,
    ...(members ? HOLDERS : []),
    ...saidByMessage(known),
    ...(isSaidTwice(known) ? ["output"] : []),
  ];
  const props = own.filter(([key]) => !elsewhere.includes(key));
  if (props.length > 0) {
    told.props = Object.fromEntries(
      props.map(([key, value]) => [key, inspect(asText(key, value))]),
    );
  }
  return told;
}

/** What a failed assertion says to test runners by properties, and to people by its message. */
function saidByMessage(own: ReadonlyMap<string, unknown>): readonly string[] {
  const isGenerated = own.get("generatedMessage");
  if (isGenerated === true) return NODE_ASSERT; // it is not said where the message is the user's own
  if (isGenerated === false) {
    return NODE_ASSERT.filter((key) => key === "generatedMessage" || key === "diff");
  }
  if (typeof own.get("showDiff") === "boolean") return ["showDiff"]; // chai, whose message is short
  return own.get("matcherResult") instanceof Object ? ["matcherResult"] : []; // expect
}

/** `execSync` of node:child_process has what was printed under `stdout` and `stderr`, and once more. */
function isSaidTwice(own: ReadonlyMap<string, unknown>): boolean {
  const output = own.get("output");
  return Array.isArray(output) && output.length === 3 &&
    output[1] === own.get("stdout") && output[2] === own.get("stderr");
}

/** What a child process has printed comes as bytes, which say little to people. */
function asText(key: string, value: unknown): unknown {
  const isPrinted = (key === "stdout" || key === "stderr") && value instanceof Uint8Array;
  return isPrinted ? new TextDecoder().decode(value) : value;
}

/** It is made when it is asked for; by code of the user's, where that has set `Error.prepareStackTrace`. */
function stackOf(error: Error): string | undefined {
  try {
    return typeof error.stack === "string" ? error.stack : undefined;
  } catch {
    return undefined;
  }
}

/** Other errors may have `errors` of their own, which are whatever they are. */
function membersOf(error: Error): readonly unknown[] | undefined {
  if (error instanceof SuppressedError) return [error.error, error.suppressed];
  return error instanceof AggregateError && Array.isArray(error.errors) ? error.errors : undefined;
}

function inspect(value: unknown): string {
  if (typeof value === "string") return value;
  try {
    return Deno.inspect(value, { depth: 3 });
  } catch {
    return "a value that cannot be shown"; // it brings its own way to be shown, which throws
  }
}
