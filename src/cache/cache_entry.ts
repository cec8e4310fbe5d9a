/** An entry of the cache: what a hit restores, and the inputs that led to it. */
import type { OutputChannel } from "../events/run_event.ts";
import type { LogLevel } from "../task/context.ts";
import { sha256 } from "../runtime/sha256.ts";
import type { Input } from "./cache_rules.ts";

/** Version of the format: an entry of another version is a miss. */
export const CACHE_FORMAT = 1;

/** A line of a task's output, as the events have it. */
export interface OutputLine {
  readonly channel: OutputChannel;
  readonly level: LogLevel;
  readonly text: string;
}

/** A file that a task wrote. Its content is a blob. */
export interface OutputFile {
  /** The path relative to the root. */
  readonly path: string;
  readonly blob: string;
  readonly isExecutable: boolean;
}

/** An entry, plain JSON. */
export interface CacheEntry {
  readonly task: string;
  /** The inputs, sorted by name. */
  readonly inputs: readonly Input[];
  /** The result in the binary encoding of the shared state, in base64. */
  readonly result: string;
  readonly output: readonly OutputLine[];
  readonly files: readonly OutputFile[];
  /** Sum of the sizes of the files, in bytes. */
  readonly fileBytes: number;
}

/** Returns the key of an entry: a hash of its task and inputs. */
export function keyOf(task: string, inputs: readonly Input[]): Promise<string> {
  return sha256(JSON.stringify([CACHE_FORMAT, task, inputs]));
}

/** Encodes an entry: a line with its hash, then the entry. */
export async function encodeEntry(entry: CacheEntry): Promise<string> {
  const body = JSON.stringify(entry);
  return `${CACHE_FORMAT} ${await sha256(body)}\n${body}\n`;
}

/**
 * Decodes an entry.
 *
 * @returns Undefined if it is damaged, or of another version.
 */
export async function decodeEntry(text: string): Promise<CacheEntry | undefined> {
  const [, format, digest, body] = /^(\d+) ([0-9a-f]{64})\n(.*)\n$/s.exec(text) ?? [];
  if (Number(format) !== CACHE_FORMAT || await sha256(body!) !== digest) return undefined;
  return JSON.parse(body!) as CacheEntry;
}

/** Lists the inputs that differ: `file src/a.ts changed`, `env MODE was added`. */
export function differences(current: readonly Input[], before: readonly Input[]): string[] {
  const known = new Map(before);
  const names = new Set(current.map(([name]) => name));
  return [
    ...current.flatMap(([name, digest]) => {
      const other = known.get(name);
      if (other === digest) return [];
      return [`${name} ${other === undefined ? "was added" : "changed"}`];
    }),
    ...before.flatMap(([name]) => names.has(name) ? [] : [`${name} was removed`]),
  ];
}
