/**
 * An error as plain data. Structured clone turns a custom error into `Error` and loses `code`,
 * `cause` chains and the members of an AggregateError, so errors cross threads, and enter events,
 * as this record instead.
 */

/** Plain data about a thrown value. */
export interface ErrorRecord {
  /** The error's name: `TypeError`, `AssertionError`, or `string` when a string was thrown. */
  readonly type: string;
  /** The message; for a thrown value that is no Error, its text. */
  readonly message: string;
  /** The stack as the engine wrote it, first line included. */
  readonly stack?: string;
  /** The cause, where there is one. */
  readonly cause?: ErrorRecord;
  /** The members of an AggregateError. */
  readonly errors?: readonly ErrorRecord[];
  /** The error's own further properties (`code`, `status`, …) as inspected text. */
  readonly props?: Readonly<Record<string, string>>;
}

const STANDARD = new Set(["name", "message", "stack", "cause", "errors"]);
/** An error that holds itself, or thousands of others, is cut here. */
const DEPTH_MAX = 8;
const MEMBERS_MAX = 20;

/**
 * Describes any thrown value. Never throws, whatever the value's getters do.
 *
 * @param thrown What was caught.
 */
export function recordError(thrown: unknown, depth = 0): ErrorRecord {
  try {
    return thrown instanceof Error
      ? describe(thrown, depth)
      : { type: typeof thrown, message: inspect(thrown) };
  } catch {
    return { type: typeof thrown, message: "an error that cannot be read" };
  }
}

function describe(error: Error, depth: number): ErrorRecord {
  const record: { -readonly [K in keyof ErrorRecord]: ErrorRecord[K] } = {
    type: String(error.name || error.constructor.name),
    message: String(error.message),
  };
  if (typeof error.stack === "string") record.stack = error.stack;
  if (depth < DEPTH_MAX) {
    if (error.cause !== undefined) record.cause = recordError(error.cause, depth + 1);
    if (error instanceof AggregateError) {
      // Half the depth for members: they multiply where causes only add up.
      const members = error.errors.slice(0, depth === 0 ? MEMBERS_MAX : 3);
      record.errors = members.map((member) => recordError(member, depth + 2));
    }
  }
  const props = Object.entries(error).filter(([key]) => !STANDARD.has(key));
  if (props.length > 0) {
    record.props = Object.fromEntries(props.map(([key, value]) => [key, inspect(value)]));
  }
  return record;
}

function inspect(value: unknown): string {
  if (typeof value === "string") return value;
  try {
    return Deno.inspect(value, { depth: 3 });
  } catch {
    return "a value that cannot be shown"; // it brings its own way to be shown, which throws
  }
}
