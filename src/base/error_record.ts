/**
 * An error as plain data. Structured clone turns a custom error into `Error` and loses `code`,
 * `cause` chains and the members of an AggregateError, so errors cross threads, and enter events,
 * as this record instead. Texts of megabytes, and errors that hold thousands of others, are cut.
 */
import { isErrorLike } from "./is_instance.ts";
import { stripInternalFrames } from "../runtime/internal_frames.ts";
import { truncate } from "./text_format.ts";

/** As it is before a task replaces it: nothing of an error could be read without. */
const { String } = globalThis;

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
/** The recap shows fewer; looking at 100,000 of them takes seconds. */
const PROPS_MAX = 100;

/** Maximum length of a message, a stack or a property, in UTF-16 units: a text of megabytes takes seconds. */
const TEXT_MAX = 200_000;
const NAME_MAX = 200;
/** ... and of all texts of a record, but for what is left to each of them then. */
const TOTAL_MAX = 1_000_000;
const TEXT_MIN = 1_000;

/** What is left of {@linkcode TOTAL_MAX}. */
interface TextBudget {
  left: number;
}

/**
 * Describes any thrown value. Never throws, whatever the value's getters do.
 *
 * @param thrown What was caught.
 */
export function recordError(thrown: unknown): ErrorRecord {
  return record(thrown, { depth: 0, above: [], budget: { left: TOTAL_MAX } });
}

/** Where in a record an error stands. */
interface Position {
  readonly depth: number;
  /** The errors that it is a cause or a member of. */
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
      ...[truncate(key, NAME_MAX), cut(inspect(asText(key, value)), budget)],
    ]);
    const rest = props.length - shown.length;
    described.props = Object.fromEntries(rest > 0 ? [...shown, ["…", `${rest} more`]] : shown);
  }
  return described;
}

function membersIn(members: readonly unknown[], position: Position): ErrorRecord[] {
  // Half the depth for members: they multiply where causes only add up.
  const depth = position.depth + 2;
  const max = position.depth === 0 ? MEMBERS_MAX : 3;
  const records = Array.from( // the members of another realm are an array of that realm
    members.slice(0, max),
    (member) => record(member, { ...position, depth }),
  );
  const rest = members.length - max;
  return rest > 0 ? [...records, { type: "…", message: `${rest} more` }] : records;
}

/** The beginning of a text, and how much was cut. */
function cut(text: string, budget: TextBudget): string {
  const max = Math.min(TEXT_MAX, Math.max(TEXT_MIN, budget.left));
  const shown = text.length <= max
    ? text
    : `${text.slice(0, max)}… (${text.length - max} more characters)`;
  budget.left -= shown.length;
  return shown;
}

/** A stack begins with the message, and the frames behind it are to stay, however long that is. */
function cutStack(stack: string, message: string, shown: string, budget: TextBudget): string {
  // Looking for all of a long message takes as long as both are, multiplied.
  const at = stack.slice(0, 2 * NAME_MAX).indexOf(message.slice(0, NAME_MAX));
  if (shown === message || at < 0 || !stack.startsWith(message, at)) return cut(stack, budget);
  budget.left -= shown.length;
  return stack.slice(0, at) + shown + cut(stack.slice(at + message.length), budget);
}

/** What a failed assertion says to test runners by properties, and to people by its message. */
function keysInMessage(own: ReadonlyMap<string, unknown>): readonly string[] {
  const isGenerated = own.get("generatedMessage");
  if (isGenerated === true) return NODE_ASSERT; // it is not said where the message is the user's own
  if (isGenerated === false) {
    return NODE_ASSERT.filter((key) => key === "generatedMessage" || key === "diff");
  }
  if (typeof own.get("showDiff") === "boolean") return ["showDiff"]; // chai, whose message is short
  return own.get("matcherResult") instanceof Object ? ["matcherResult"] : []; // expect
}

/** `execSync` of node:child_process has what was printed under `stdout` and `stderr`, and once more. */
function hasCombinedOutput(own: ReadonlyMap<string, unknown>): boolean {
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
  if (isA(error, SuppressedError)) return [error.error, error.suppressed];
  return isA(error, AggregateError) && Array.isArray(error.errors) ? error.errors : undefined;
}

/** Whether an error is of a class, or of that of another realm. */
function isA<T extends Error>(error: Error, type: new (...args: never[]) => T): error is T {
  return error instanceof type || error.name === type.name;
}

/** What a value is shown as: errors in it with their stacks, which begin and end in this library. */
function inspect(value: unknown): string {
  if (typeof value === "string") return stripInternalFrames(value);
  try {
    return stripInternalFrames(Deno.inspect(value, { depth: 3 }));
  } catch {
    return "a value that cannot be shown"; // it brings its own way to be shown, which throws
  }
}
