/** Validates the JSON of requests. */
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
  const { module, state } = readObject(body, "request");
  return { module: readText(module, "module"), state: readObject(state ?? {}, "state") };
}

/** Reads a request for a state file. @throws {UsageError} */
export function readStateFileRequest(body: unknown): StateFileRequest {
  const { path, name, text } = readObject(body, "request");
  if (path !== undefined) return { path: readText(path, "path") };
  return { name: readText(name, "name"), text: readText(text, "text") };
}

/** Reads a request for a run. @throws {UsageError} */
export function readStart(body: unknown): StartRequest {
  const { rerunOf } = readObject(body, "request");
  if (rerunOf === undefined) return readRun(body);
  if (Number.isInteger(rerunOf)) return { rerunOf: rerunOf as number };
  throw invalid("rerunOf", "the number of a run");
}

function readRun(body: unknown): RunRequest {
  const fields = readObject(body, "request");
  return {
    module: readText(fields.module, "module"),
    workers: readWorkers(fields.workers ?? null),
    tags: readText(fields.tags ?? "", "tags"),
    names: readNames(fields.names ?? []),
    skipDependents: readFlag(fields.skipDependents ?? true, "skipDependents"),
    log: readFlag(fields.log ?? false, "log"),
    state: readObject(fields.state ?? {}, "state"),
    mocks: readObject(fields.mocks ?? {}, "mocks"),
    rerunFailed: readFlag(fields.rerunFailed ?? false, "rerunFailed"),
  };
}

function readObject(value: unknown, what: string): JsonObject {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return value as JsonObject;
  }
  throw invalid(what, "an object");
}

function readText(value: unknown, what: string): string {
  if (typeof value === "string" && !value.includes("\0")) return value;
  throw invalid(what, "a string without NUL");
}

function readFlag(value: unknown, what: string): boolean {
  if (typeof value === "boolean") return value;
  throw invalid(what, "true or false");
}

function readNames(value: unknown): string[] {
  if (!Array.isArray(value)) throw invalid("names", "a list of names");
  return value.map((name) => {
    if (typeof name === "string" && name !== "") return name;
    throw invalid("names", "a list of names");
  });
}

/** Checks the limit of an engine; the command reports the lower limit of a run without one. */
function readWorkers(value: unknown): number | null {
  const isCount = Number.isInteger(value) && (value as number) >= 1 &&
    (value as number) <= ENGINE_WORKERS_MAX;
  if (value === null || isCount) return value as number | null;
  throw invalid("workers", `an integer from 1 to ${ENGINE_WORKERS_MAX}`);
}

function invalid(what: string, expected: string): UsageError {
  return new UsageError(`Cannot read "${what}": expected ${expected}`);
}
