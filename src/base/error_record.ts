/**
 * Errors as plain data. Structured clone turns a custom error into `Error` and drops `code`,
 * `cause` chains and the members of an AggregateError, so errors cross threads and enter events as
 * records. Texts of megabytes, and errors with thousands of members, are truncated.
 */
import { isErrorLike } from "./is_instance.ts";
import { stripInternalFrames } from "../runtime/internal_frames.ts";
import { truncate } from "./text_format.ts";

/** Captured before a task can replace it: without it no error could be read. */
const { String } = globalThis;

/** A thrown value as plain data, which is JSON. */
export interface ErrorRecord {
  /** The error's name: `TypeError`, `AssertionError`, or `string`, `null` when that was thrown. */
  readonly type: string;
  /** The message; for a thrown value that is not an Error, the value as text. */
  readonly message: string;
  /** The stack as the runtime wrote it, first line included. */
  readonly stack?: string;
  /** The cause, if there is one. */
  readonly cause?: ErrorRecord;
  /**
   * The members of an AggregateError; for a SuppressedError, the last error thrown and the one it
   * suppressed.
   */
  readonly errors?: readonly ErrorRecord[];
  /** The error's own properties (`code`, `status`, …) as inspected text; the runner adds `hint`. */
  readonly props?: Readonly<Record<string, string>>;
}

const STANDARD = ["name", "message", "stack", "cause"];
/** Properties that hold members. */
const HOLDERS = ["errors", "error", "suppressed"];
/** Properties of an AssertionError of node:assert. */
const NODE_ASSERT = ["generatedMessage", "actual", "expected", "operator", "diff"];
/** Maximum depth of causes. With MEMBERS_MAX it bounds errors that hold thousands of others. */
const DEPTH_MAX = 8;
const MEMBERS_MAX = 20;
/** Maximum number of properties. The recap shows fewer; inspecting 100,000 takes seconds. */
const PROPS_MAX = 100;

/** Maximum length of a message, stack or property in UTF-16 units: longer ones take seconds. */
const TEXT_MAX = 200_000;
const NAME_MAX = 200;
/**
 * Maximum length of all texts of a record together; once it is used up, each further text still
 * gets TEXT_MIN.
 */
const TOTAL_MAX = 1_000_000;
const TEXT_MIN = 1_000;

/** The unused part of {@linkcode TOTAL_MAX}. */
interface TextBudget {
  left: number;
}

/**
 * Records any thrown value. Never throws, whatever the value's getters do.
 *
 * @param thrown The value that was caught.
 */
export function recordError(thrown: unknown): ErrorRecord {
  return record(thrown, { depth: 0, above: [], budget: { left: TOTAL_MAX } });
}

/** Position of an error within a record. */
interface Position {
  readonly depth: number;
  /** The enclosing errors, whose cause or member this one is. */
  readonly above: readonly Error[];
  readonly budget: TextBudget;
}

function record(thrown: unknown, position: Position): ErrorRecord {
  const { above, budget } = position;
  const type = thrown === null ? "null" : typeof thrown;
  try {
    if (!isErrorLike(thrown)) return { type, message: cut(inspect(thrown), budget) };
    return above.includes(thrown)
      ? { type: nameOf(thrown), message: "the same error as above" }
      : describe(thrown, { ...position, above: [...above, thrown] });
  } catch {
    return { type, message: "an error that cannot be read" };
  }
}

function nameOf(error: Error): string {
  return truncate(String(error.name || error.constructor?.name || "Error"), NAME_MAX);
}

function describe(error: Error, position: Position): ErrorRecord {
  const { depth, budget } = position;
  const message = String(error.message);
  const described: { -readonly [K in keyof ErrorRecord]: ErrorRecord[K] } = {
    type: nameOf(error),
    message: cut(stripInternalFrames(message), budget),
  };
  const stack = stackOf(error);
  if (stack !== undefined) described.stack = cutStack(stack, message, described.message, budget);
  const members = membersOf(error);
  if (depth < DEPTH_MAX) {
    if (error.cause !== undefined) {
      described.cause = record(error.cause, { ...position, depth: depth + 1 });
    }
    if (members) described.errors = membersIn(members, position);
  } else if (error.cause !== undefined || members) {
    described.cause = { type: "…", message: "more causes" };
  }
  const own = Object.entries(error);
  const known = new Map(own);
  const omitted = [
    ...STANDARD,
    ...(members ? HOLDERS : []),
    ...keysInMessage(known),
    ...(hasCombinedOutput(known) ? ["output"] : []),
  ];
  const props = own.filter(([key]) => !omitted.includes(key));
  if (props.length > 0) {
    const shown = props.slice(0, PROPS_MAX).map(([key, value]) => [
      truncate(key, NAME_MAX),
      cut(inspect(asText(key, value)), budget),
    ]);
    const rest = props.length - shown.length;
    described.props = Object.fromEntries(rest > 0 ? [...shown, ["…", `${rest} more`]] : shown);
  }
  return described;
}

function membersIn(members: readonly unknown[], position: Position): ErrorRecord[] {
  // Members use twice the depth of causes: they multiply, while causes only add up.
  const depth = position.depth + 2;
  const max = position.depth === 0 ? MEMBERS_MAX : 3;
  const records = Array.from( // the members may be an array of another realm
    members.slice(0, max),
    (member) => record(member, { ...position, depth }),
  );
  const rest = members.length - max;
  return rest > 0 ? [...records, { type: "…", message: `${rest} more` }] : records;
}

/** Truncates a text, and appends the number of characters left out. */
function cut(text: string, budget: TextBudget): string {
  const max = Math.min(TEXT_MAX, Math.max(TEXT_MIN, budget.left));
  const shown = text.length <= max
    ? text
    : `${text.slice(0, max)}… (${text.length - max} more characters)`;
  budget.left -= shown.length;
  return shown;
}

/** Truncates the message at the start of a stack, so that the frames after the message stay. */
function cutStack(stack: string, message: string, shown: string, budget: TextBudget): string {
  // Searching for all of a long message would take quadratic time.
  const at = stack.slice(0, 2 * NAME_MAX).indexOf(message.slice(0, NAME_MAX));
  if (shown === message || at < 0 || !stack.startsWith(message, at)) return cut(stack, budget);
  budget.left -= shown.length;
  return stack.slice(0, at) + shown + cut(stack.slice(at + message.length), budget);
}

/** Properties of assertion errors that repeat the message, for test runners. */
function keysInMessage(own: ReadonlyMap<string, unknown>): readonly string[] {
  const isGenerated = own.get("generatedMessage");
  if (isGenerated === true) return NODE_ASSERT; // false if the user supplied the message
  if (isGenerated === false) {
    return NODE_ASSERT.filter((key) => key === "generatedMessage" || key === "diff");
  }
  if (typeof own.get("showDiff") === "boolean") return ["showDiff"]; // chai, whose message is short
  return own.get("matcherResult") instanceof Object ? ["matcherResult"] : []; // expect
}

/**
 * Whether `output` repeats `stdout` and `stderr`, as in errors of node:child_process's `execSync`.
 */
function hasCombinedOutput(own: ReadonlyMap<string, unknown>): boolean {
  const output = own.get("output");
  return Array.isArray(output) && output.length === 3 &&
    output[1] === own.get("stdout") && output[2] === own.get("stderr");
}

/** Decodes the output of a child process, which comes as bytes. */
function asText(key: string, value: unknown): unknown {
  const isPrinted = (key === "stdout" || key === "stderr") && value instanceof Uint8Array;
  return isPrinted ? new TextDecoder().decode(value) : value;
}

/**
 * Reads the stack, which is formatted on access, by user code if `Error.prepareStackTrace` is set.
 */
function stackOf(error: Error): string | undefined {
  try {
    return typeof error.stack === "string" ? error.stack : undefined;
  } catch {
    return undefined;
  }
}

/** The members of an aggregate error. The `errors` property of other errors is an ordinary one. */
function membersOf(error: Error): readonly unknown[] | undefined {
  if (isA(error, SuppressedError)) return [error.error, error.suppressed];
  return isA(error, AggregateError) && Array.isArray(error.errors) ? error.errors : undefined;
}

/** Whether an error is an instance of a class, in this or another realm. */
function isA<T extends Error>(error: Error, type: new (...args: never[]) => T): error is T {
  return error instanceof type || error.name === type.name;
}

/** Inspects a value, without this library's frames in the stacks of errors. */
function inspect(value: unknown): string {
  if (typeof value === "string") return stripInternalFrames(value);
  try {
    return stripInternalFrames(Deno.inspect(value, { depth: 3 }));
  } catch {
    return "a value that cannot be shown"; // its custom inspection throws
  }
}
