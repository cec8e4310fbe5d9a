/** The HTTP server of the web UI: checks requests, and passes them to a {@linkcode Backend}. */
import { settlesWithin } from "../runtime/settles_within.ts";
import { decodeUtf8 } from "../base/decode_utf8.ts";
import { recordError } from "../base/error_record.ts";
import { NothingToRunError, UsageError } from "../base/errors.ts";
import { errorText } from "../base/text_format.ts";
import { completePath, resolveFileWithin, resolveModuleWithin } from "./path_sandbox.ts";
import { HEADERS, PAGE } from "./page_document.ts";
import { checkRequest, createToken, type Rejection } from "./request_guard.ts";
import {
  type ErrorResponse,
  FILE_KINDS,
  type FileEntry,
  type FileKind,
  type JsonObject,
  type OpenedModule,
  type OpenRequest,
  type RunInfo,
  type RunRequest,
  type SessionInfo,
  type SourceExcerpt,
} from "./ui_protocol.ts";
import { readBody, TooLargeError } from "./read_body.ts";
import { readExcerpt } from "./read_excerpt.ts";
import { readOpen, readStart, readStateFileRequest } from "./read_request.ts";
import type { RunRegistry, StartedRun } from "./run_registry.ts";
import { createEventStream } from "./create_event_stream.ts";

/** Operations on modules. Paths are already resolved within the folder. */
export interface Backend {
  /** Lists modules with tasks in the folder, for the first screen. */
  modules(): Promise<FileEntry[]>;
  /**
   * Loads a module as it is now.
   *
   * @param signal Aborted when the client has disconnected.
   */
  open(request: OpenRequest, signal: AbortSignal): Promise<OpenedModule>;
  /** Reads the text of a state file, by its name. */
  parseState(name: string, text: string): JsonObject;
  /** Starts a run. */
  start(request: RunRequest): Promise<StartedRun>;
}

/** Maximum time for pages to receive the end of the session, in ms. */
const SHUTDOWN_TIMEOUT_MS = 2000;

/** Starts runs that a watch repeats. */
export interface RunWatch {
  /**
   * Starts a run, which is repeated when a file changes, until another request is started.
   *
   * @throws {UsageError} when a run is active, or the session is ending.
   */
  start(request: RunRequest): Promise<RunInfo>;
}

/** Options of {@linkcode serveGui}. */
export interface ServerOptions extends Omit<SessionInfo, "runs" | "isWatching"> {
  /** 0 selects a free port. */
  readonly port: number;
  readonly backend: Backend;
  /** The runs of the session. */
  readonly runs: RunRegistry;
  /** Starts the runs of a session that watches files; undefined for others. */
  readonly watch?: RunWatch | undefined;
}

/** A running server. */
export interface GuiServer {
  /** The URL of the page, with the token. */
  readonly url: string;
  /** Whether a run is active: closing the server waits for the end of that run. */
  readonly hasActiveRun: boolean;
  /** Cancels the active run and stops the server. */
  close(): Promise<void>;
}

/**
 * Starts the server, on the loopback address only.
 *
 * @throws {UsageError} when the port is not available.
 */
export function serveGui(options: ServerOptions): GuiServer {
  const credentials = { port: options.port, token: createToken() };
  const { runs } = options;
  const shutdown = new AbortController();
  const session = { ...options, shutdown: shutdown.signal };
  const server = listen(options.port, async (request) => {
    const rejection = checkRequest(request, credentials);
    if (rejection) return reject(request, rejection);
    try {
      return await route(request, session);
    } catch (error) {
      const { response, isRequest } = toErrorResponse(error);
      return respond(response, error instanceof TooLargeError ? 413 : isRequest ? 400 : 500);
    }
  });
  credentials.port = server.addr.port;
  return {
    url: `http://127.0.0.1:${credentials.port}/?token=${credentials.token}`,
    get hasActiveRun() {
      return runs.hasActive;
    },
    async close() {
      await runs.shutDown();
      shutdown.abort();
      // Pages receive the end of the session; one that does not read is dropped with the process.
      await settlesWithin(server.shutdown(), SHUTDOWN_TIMEOUT_MS);
    },
  };
}

function listen(
  port: number,
  handler: (request: Request) => Promise<Response>,
): Deno.HttpServer<Deno.NetAddr> {
  try {
    return Deno.serve({ hostname: "127.0.0.1", port, onListen() {} }, handler);
  } catch (error) {
    const why = errorText(error);
    throw new UsageError(`Cannot listen on port ${port}: ${why}; use --port=0 for a free port`);
  }
}

/** Responds with plain text to a visit of the page. A request with an invalid host has no URL. */
function reject({ url }: Request, { status, error }: Rejection): Response {
  if (URL.parse(url)?.pathname !== "/") return respond({ error }, status);
  const headers = { ...HEADERS, "content-type": "text/plain; charset=utf-8" };
  return new Response(`${error}\n`, { status, headers });
}

type Session = ServerOptions & { readonly shutdown: AbortSignal };

async function route(request: Request, session: Session): Promise<Response> {
  const url = new URL(request.url);
  const [, id = "", act] = /^\/api\/runs\/(\d+)\/(cancel)$/.exec(url.pathname) ?? [];
  switch (`${request.method} ${act ?? url.pathname}`) {
    case "GET /":
      return new Response(PAGE, { headers: { ...HEADERS, "content-type": "text/html" } });
    case "GET /api/session":
      return respond(infoOf(session));
    case "GET /api/files":
      return respond(await files(url.searchParams, session.folder));
    case "GET /api/modules":
      return respond(await session.backend.modules());
    case "GET /api/recording":
      return await recording(url.searchParams.get("path") ?? "", session.folder);
    case "GET /api/source":
      return respond(await excerpt(url.searchParams, session.folder));
    case "POST /api/open":
      return await open(await readBody(request), session);
    case "POST /api/state-file":
      return respond(await stateFile(await readBody(request), session));
    case "POST /api/runs":
      return respond(await start(await readBody(request), session));
    case "GET /api/events":
      return events(request, url.searchParams, session.runs);
    case "POST cancel":
      session.runs.cancel(Number(id));
      return respond({});
    default:
      return respond(
        { error: `Cannot ${request.method} ${url.pathname}: not found` },
        404,
      );
  }
}

function infoOf({ runs, watch, ...session }: Session): SessionInfo {
  const { folder, version, libraryUrls, module, cores, editorUrl } = session;
  const isWatching = watch !== undefined;
  return { folder, version, libraryUrls, module, cores, editorUrl, isWatching, runs: runs.infos };
}

async function files(query: URLSearchParams, folder: string) {
  const kind = FILE_KINDS.find((it) => it === query.get("kind")) ?? "module" satisfies FileKind;
  return await completePath(folder, query.get("typed") ?? "", kind);
}

/** Reads a source; null if it is not here: it has changed, or is that of another machine. */
async function excerpt(query: URLSearchParams, folder: string): Promise<SourceExcerpt | null> {
  try {
    return await readExcerpt(folder, query.get("path") ?? "", Number(query.get("line")));
  } catch (error) {
    if (error instanceof UsageError) return null;
    throw error;
  }
}

async function recording(path: string, folder: string): Promise<Response> {
  const file = await Deno.open(`${folder}/${await resolveFileWithin(folder, path)}`);
  const headers = { ...HEADERS, "content-type": "text/plain; charset=utf-8" };
  return new Response(file.readable, { headers });
}

const STOPPED: ErrorResponse = { error: "Cannot open the module: the server has stopped" };

/** Starts the response before the module is loaded, so that a disconnect aborts the loading. */
async function open(body: unknown, { folder, backend, shutdown }: Session): Promise<Response> {
  const parsed = readOpen(body);
  const request = { ...parsed, module: await resolveModuleWithin(folder, parsed.module) };
  const disconnected = new AbortController();
  const text = new ReadableStream<Uint8Array>({
    async start(controller) {
      const signal = AbortSignal.any([disconnected.signal, shutdown]);
      const found = await backend.open(request, signal).catch((error) =>
        shutdown.aborted ? STOPPED : toErrorResponse(error).response
      );
      if (disconnected.signal.aborted) return; // the stream is cancelled
      controller.enqueue(new TextEncoder().encode(JSON.stringify(found)));
      controller.close();
    },
    cancel: () => disconnected.abort(),
  });
  return new Response(text, { headers: { ...HEADERS, "content-type": "application/json" } });
}

async function stateFile(body: unknown, { folder, backend }: Session): Promise<JsonObject> {
  const request = readStateFileRequest(body);
  if ("text" in request) return backend.parseState(request.name, request.text);
  const path = await resolveFileWithin(folder, request.path);
  return backend.parseState(path, await textOf(path, folder));
}

async function textOf(path: string, folder: string): Promise<string> {
  const bytes = await Deno.readFile(`${folder}/${path}`);
  try {
    return decodeUtf8(bytes);
  } catch (error) {
    throw new UsageError(`Cannot read the state file "${path}": ${errorText(error)}`);
  }
}

async function start(body: unknown, { folder, backend, runs, watch }: Session): Promise<RunInfo> {
  const parsed = readStart(body);
  const request = "rerunOf" in parsed
    ? { ...runs.request(parsed.rerunOf), rerunFailed: true }
    : { ...parsed, module: await resolveModuleWithin(folder, parsed.module) };
  return await (watch?.start(request) ?? runs.start(request, (it) => backend.start(it)));
}

/** A reconnecting browser sends the id of the last event by itself: `last-event-id`. */
function events(request: Request, query: URLSearchParams, runs: RunRegistry): Response {
  const run = query.get("run");
  const last = request.headers.get("last-event-id") ?? query.get("seen") ?? "";
  const feed = run === null ? undefined : runs.feed(Number(run));
  const stream = createEventStream(runs, { feed, seen: /^\d+$/.test(last) ? Number(last) : -1 });
  return new Response(stream, { headers: { ...HEADERS, "content-type": "text/event-stream" } });
}

function respond(value: unknown, status = 200): Response {
  return Response.json(value, { status, headers: HEADERS });
}

/** Converts an error; errors that the request did not cause include their type. */
function toErrorResponse(
  error: unknown,
): { readonly response: ErrorResponse; readonly isRequest: boolean } {
  const isRequest = error instanceof UsageError || error instanceof NothingToRunError;
  const { type, message } = recordError(error);
  return { response: { error: isRequest ? message : `${type}: ${message}` }, isRequest };
}
