/** What the page asks its server. */
import "../views/html_tag.ts";
import type {
  FileEntry,
  FileKind,
  JsonObject,
  OpenedModule,
  OpenRequest,
  Problem,
  RunInfo,
  SessionInfo,
  StartRequest,
  StateFileRequest,
} from "../../ui_protocol.ts";

const token = new URL(location.href).searchParams.get("token") ?? "";

/** See the head of this file. Each throws an Error whose message is for people. */
export const uiClient = {
  session: () => get<SessionInfo>("/api/session"),
  files: (typed: string, kind: FileKind) =>
    get<FileEntry[]>(`/api/files?${new URLSearchParams({ typed, kind })}`),
  recording: async (path: string, signal: AbortSignal) =>
    await (await ask(`/api/recording?${new URLSearchParams({ path })}`, { signal })).text(),
  async open(request: OpenRequest, signal: AbortSignal): Promise<OpenedModule> {
    const found = await post<OpenedModule | Problem>("/api/open", request, signal);
    if ("error" in found) throw new Error(found.error); // known after the answer was begun
    return found;
  },
  stateFile: (request: StateFileRequest, signal: AbortSignal) =>
    post<JsonObject>("/api/state-file", request, signal),
  run: (request: StartRequest) => post<RunInfo>("/api/runs", request),
  cancel: (id: number) => post<unknown>(`/api/runs/${id}/cancel`, {}),
  events: (run: number | undefined, seen: number) => {
    const of = run === undefined ? {} : { run: String(run), seen: String(seen) };
    const query = new URLSearchParams({ token, ...of });
    return new EventSource(`/api/events?${query}`);
  },
};

async function get<T>(path: string): Promise<T> {
  return await (await ask(path)).json();
}

async function post<T>(path: string, body: unknown, signal?: AbortSignal): Promise<T> {
  const headers = { "content-type": "application/json" };
  const init = { method: "POST", headers, body: JSON.stringify(body), signal: signal ?? null };
  const response = await ask(path, init);
  try {
    return await response.json();
  } catch (error) {
    signal?.throwIfAborted(); // a browser does not say why it was given up, once an answer has begun
    throw error;
  }
}

async function ask(path: string, init: RequestInit = {}): Promise<Response> {
  const headers = { ...init.headers, authorization: `Bearer ${token}` };
  let response: Response;
  try {
    response = await fetch(path, { ...init, headers });
  } catch {
    init.signal?.throwIfAborted();
    throw new Error("The server cannot be reached: start tdrun ui again");
  }
  if (response.ok) return response;
  const problem: Problem = await response.json();
  throw new Error(problem.error);
}
