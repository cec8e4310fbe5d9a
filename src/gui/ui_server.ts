/** The server of the page: looks at who is asking, and hands what is asked to a workshop. */
import { settlesWithin } from "../runtime/settles_within.ts";
import { decodeUtf8 } from "../base/decode_utf8.ts";
import { recordError } from "../base/error_record.ts";
import { NothingToRunError, UsageError } from "../base/errors.ts";
import { errorText } from "../base/text_format.ts";
import { completePath, resolveFileWithin } from "./path_sandbox.ts";
import { HEADERS, PAGE } from "./page_document.ts";
import { checkRequest, newToken, type Rejection } from "./request_guard.ts";
import {
  FILE_KINDS,
  type FileKind,
  type JsonObject,
  type OpenedModule,
  type OpenRequest,
  type Problem,
  type RunRequest,
  type SessionInfo,
} from "./ui_protocol.ts";
import { readBody, TooLargeError } from "./read_body.ts";
import { readOpen, readStart, readStateFileRequest } from "./read_request.ts";
import { RunRegistry, type StartedRun } from "./run_registry.ts";
import { createEventStream } from "./sse_stream.ts";

/** What can be done with modules. Paths are confined already. */
export interface Backend {
  /**
   * Loads a module as it is now.
   *
   * @param signal Aborted when nobody waits for it any more.
   */
  open(request: OpenRequest, signal: AbortSignal): Promise<OpenedModule>;
  /** Reads the text of a state file, by its name. */
  parseState(name: string, text: string): JsonObject;
  /** Starts a run. */
  start(request: RunRequest): Promise<StartedRun>;
}

/** So long pages may take to read how the session has ended. */
const LAST_WORDS_MS = 2000;

/** How a server is started. */
export interface ServerOptions extends Omit<SessionInfo, "runs"> {
  /** 0 for any that is free. */
  readonly port: number;
  readonly workshop: Backend;
}

/** A server that listens. */
export interface GuiServer {
  /** Where the page is, with the token. */
  readonly url: string;
  /** Ends the runs under way, and the server. */
  close(): Promise<void>;
}

/**
 * Starts to listen, on the loopback address alone.
 *
 * @throws {UsageError} when the port cannot be had.
 */
export function serveGui(options: ServerOptions): GuiServer {
  const pass = { port: options.port, token: newToken() };
  const runs = new RunRegistry();
  const ending = new AbortController();
  const session = { ...options, runs, ending: ending.signal };
  const server = listen(options.port, async (request) => {
    const refusal = checkRequest(request, pass);
    if (refusal) return refuse(request, refusal);
    try {
      return await route(request, session);
    } catch (error) {
      const { problem, isRequest } = problemOf(error);
      return answer(problem, error instanceof TooLargeError ? 413 : isRequest ? 400 : 500);
    }
  });
  pass.port = server.addr.port;
  return {
    url: `http://127.0.0.1:${pass.port}/?token=${pass.token}`,
    async close() {
      await runs.end();
      ending.abort();
      // Pages are told all; one that reads nothing any more is left to the end of the process.
      await settlesWithin(server.shutdown(), LAST_WORDS_MS);
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
    throw new UsageError(`Cannot listen on port ${port}: ${why}; --port=0 takes any that is free`);
  }
}

/** In words, where people see it. A request for what is no host has no URL. */
function refuse({ url }: Request, { status, error }: Rejection): Response {
  if (URL.parse(url)?.pathname !== "/") return answer({ error }, status);
  const headers = { ...HEADERS, "content-type": "text/plain; charset=utf-8" };
  return new Response(`${error}\n`, { status, headers });
}

type Session = ServerOptions & { readonly runs: RunRegistry; readonly ending: AbortSignal };

async function route(request: Request, session: Session): Promise<Response> {
  const url = new URL(request.url);
  const [, id = "", act] = /^\/api\/runs\/(\d+)\/(cancel)$/.exec(url.pathname) ?? [];
  switch (`${request.method} ${act ?? url.pathname}`) {
    case "GET /":
      return new Response(PAGE, { headers: { ...HEADERS, "content-type": "text/html" } });
    case "GET /api/session":
      return answer(infoOf(session));
    case "GET /api/files":
      return answer(await files(url.searchParams, session.folder));
    case "GET /api/recording":
      return await recording(url.searchParams.get("path") ?? "", session.folder);
    case "POST /api/open":
      return await open(await readBody(request), session);
    case "POST /api/state-file":
      return answer(await stateFile(await readBody(request), session));
    case "POST /api/runs":
      return answer(await start(await readBody(request), session));
    case "GET /api/events":
      return events(request, url.searchParams, session.runs);
    case "POST cancel":
      session.runs.cancel(Number(id));
      return answer({});
    default:
      return answer(
        { error: `Cannot ${request.method} ${url.pathname}: there is no such thing` },
        404,
      );
  }
}

function infoOf({ folder, version, ours, module, cores, runs }: Session): SessionInfo {
  return { folder, version, ours, module, cores, runs: runs.infos };
}

async function files(query: URLSearchParams, folder: string) {
  const kind = FILE_KINDS.find((it) => it === query.get("kind")) ?? "module" satisfies FileKind;
  return await completePath(folder, query.get("typed") ?? "", kind);
}

async function recording(path: string, folder: string): Promise<Response> {
  const file = await Deno.open(`${folder}/${await resolveFileWithin(folder, path)}`);
  const headers = { ...HEADERS, "content-type": "text/plain; charset=utf-8" };
  return new Response(file.readable, { headers });
}

/** The answer is begun before the module is there: whoever goes away meanwhile is seen to. */
async function open(body: unknown, { folder, workshop, ending }: Session): Promise<Response> {
  const asked = readOpen(body);
  const request = { ...asked, module: await resolveFileWithin(folder, asked.module) };
  const left = new AbortController();
  const text = new ReadableStream<Uint8Array>({
    async start(controller) {
      const signal = AbortSignal.any([left.signal, ending]);
      const found = await workshop.open(request, signal).catch((error) => problemOf(error).problem);
      if (signal.aborted) return controller.error(signal.reason);
      controller.enqueue(new TextEncoder().encode(JSON.stringify(found)));
      controller.close();
    },
    cancel: () => left.abort(),
  });
  return new Response(text, { headers: { ...HEADERS, "content-type": "application/json" } });
}

async function stateFile(body: unknown, { folder, workshop }: Session): Promise<JsonObject> {
  const request = readStateFileRequest(body);
  if ("text" in request) return workshop.parseState(request.name, request.text);
  const path = await resolveFileWithin(folder, request.path);
  return workshop.parseState(path, await textOf(path, folder));
}

async function textOf(path: string, folder: string): Promise<string> {
  const bytes = await Deno.readFile(`${folder}/${path}`);
  try {
    return decodeUtf8(bytes);
  } catch (error) {
    throw new UsageError(`Cannot read the state file "${path}": ${errorText(error)}`);
  }
}

async function start(body: unknown, { folder, workshop, runs }: Session) {
  const asked = readStart(body);
  const request = "again" in asked
    ? { ...runs.request(asked.again), rerunFailed: true }
    : { ...asked, module: await resolveFileWithin(folder, asked.module) };
  return await runs.start(request, (it) => workshop.start(it));
}

/** A browser that has lost the connection says by itself which event was the last it got. */
function events(request: Request, query: URLSearchParams, runs: RunRegistry): Response {
  const run = query.get("run");
  const last = request.headers.get("last-event-id") ?? query.get("seen") ?? "";
  const feed = run === null ? undefined : runs.feed(Number(run));
  const stream = createEventStream(runs, { feed, seen: /^\d+$/.test(last) ? Number(last) : -1 });
  return new Response(stream, { headers: { ...HEADERS, "content-type": "text/event-stream" } });
}

function answer(value: unknown, status = 200): Response {
  return Response.json(value, { status, headers: HEADERS });
}

/** What went wrong, for people; with a name if it is no fault of the request. */
function problemOf(error: unknown): { readonly problem: Problem; readonly isRequest: boolean } {
  const isRequest = error instanceof UsageError || error instanceof NothingToRunError;
  const { type, message } = recordError(error);
  return { problem: { error: isRequest ? message : `${type}: ${message}` }, isRequest };
}
