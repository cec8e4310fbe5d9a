/** What the page sends, looked at: nothing goes on that is not of the shape it should have. */
import { UsageError } from "../base/errors.ts";
import { ENGINE_WORKERS_MAX } from "../runtime/worker_limits.ts";
import type {
  JsonObject,
  OpenRequest,
  RunRequest,
  StartRequest,
  StateFileRequest,
} from "./ui_protocol.ts";

/** Reads a request to open a module. @throws {UsageError} */
export function readOpen(body: unknown): OpenRequest {
  const { module, state } = objectOf(body, "request");
  return { module: textOf(module, "module"), state: objectOf(state ?? {}, "state") };
}

/** Reads a request for a state file. @throws {UsageError} */
export function readStateFileRequest(body: unknown): StateFileRequest {
  const { path, name, text } = objectOf(body, "request");
  if (path !== undefined) return { path: textOf(path, "path") };
  return { name: textOf(name, "name"), text: textOf(text, "text") };
}

/** Reads a request for a run. @throws {UsageError} */
export function readStart(body: unknown): StartRequest {
  const { again } = objectOf(body, "request");
  if (again === undefined) return readRun(body);
  if (Number.isInteger(again)) return { again: again as number };
  throw wrong("again", "the number of a run");
}

function readRun(body: unknown): RunRequest {
  const from = objectOf(body, "request");
  return {
    module: textOf(from.module, "module"),
    workers: workersOf(from.workers ?? null),
    tags: textOf(from.tags ?? "", "tags"),
    names: namesOf(from.names ?? []),
    skipDependents: flagOf(from.skipDependents ?? true, "skipDependents"),
    log: flagOf(from.log ?? false, "log"),
    state: objectOf(from.state ?? {}, "state"),
    mocks: objectOf(from.mocks ?? {}, "mocks"),
    rerunFailed: flagOf(from.rerunFailed ?? false, "rerunFailed"),
  };
}

function objectOf(value: unknown, what: string): JsonObject {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return value as JsonObject;
  }
  throw wrong(what, "an object");
}

function textOf(value: unknown, what: string): string {
  if (typeof value === "string" && !value.includes("\0")) return value;
  throw wrong(what, "text");
}

function flagOf(value: unknown, what: string): boolean {
  if (typeof value === "boolean") return value;
  throw wrong(what, "true or false");
}

function namesOf(value: unknown): string[] {
  if (!Array.isArray(value)) throw wrong("names", "a list of names");
  return value.map((name) => {
    if (typeof name === "string" && name !== "") return name;
    throw wrong("names", "a list of names");
  });
}

/** Without an engine there may be fewer: the command that runs them says so. */
function workersOf(value: unknown): number | null {
  const isCount = Number.isInteger(value) && (value as number) >= 1 &&
    (value as number) <= ENGINE_WORKERS_MAX;
  if (value === null || isCount) return value as number | null;
  throw wrong("workers", `a whole number from 1 to ${ENGINE_WORKERS_MAX}`);
}

function wrong(what: string, expected: string): UsageError {
  return new UsageError(`Cannot read "${what}": it is to be ${expected}`);
}
