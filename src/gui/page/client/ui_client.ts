/** HTTP client of the web UI. */
import "../views/html_tag.ts";
import type {
  ErrorResponse,
  FileEntry,
  FileKind,
  JsonObject,
  OpenedModule,
  OpenRequest,
  RunInfo,
  SessionInfo,
  SourceExcerpt,
  StartRequest,
  StateFileRequest,
} from "../../ui_protocol.ts";

const token = new URL(location.href).searchParams.get("token") ?? "";

/** The requests to the server. Each rejects with an Error whose message the page shows. */
export const uiClient = {
  session: () => get<SessionInfo>("/api/session"),
  files: (typed: string, kind: FileKind) =>
    get<FileEntry[]>(`/api/files?${new URLSearchParams({ typed, kind })}`),
  modules: () => get<FileEntry[]>("/api/modules"),
  recording: async (path: string, signal: AbortSignal) =>
    await (await sendRequest(`/api/recording?${new URLSearchParams({ path })}`, { signal })).text(),
  source: (path: string, line: number) =>
    get<SourceExcerpt | null>(`/api/source?${new URLSearchParams({ path, line: String(line) })}`),
  async open(request: OpenRequest, signal: AbortSignal): Promise<OpenedModule> {
    const found = await post<OpenedModule | ErrorResponse>("/api/open", request, signal);
    if ("error" in found) throw new Error(found.error); // occurred after the response had started
    return found;
  },
  stateFile: (request: StateFileRequest, signal: AbortSignal) =>
    post<JsonObject>("/api/state-file", request, signal),
  run: (request: StartRequest) => post<RunInfo>("/api/runs", request),
  cancel: (id: number) => post<unknown>(`/api/runs/${id}/cancel`, {}),
  events: (run: number | undefined, seen: number) => {
    const runQuery = run === undefined ? {} : { run: String(run), seen: String(seen) };
    const query = new URLSearchParams({ token, ...runQuery });
    return new EventSource(`/api/events?${query}`);
  },
};

async function get<T>(path: string): Promise<T> {
  return await (await sendRequest(path)).json();
}

async function post<T>(path: string, body: unknown, signal?: AbortSignal): Promise<T> {
  const headers = { "content-type": "application/json" };
  const init = { method: "POST", headers, body: JSON.stringify(body), signal: signal ?? null };
  const response = await sendRequest(path, init);
  try {
    return await response.json();
  } catch (error) {
    signal?.throwIfAborted(); // within a body, the browser's error does not have the reason
    throw error;
  }
}

async function sendRequest(path: string, init: RequestInit = {}): Promise<Response> {
  const headers = { ...init.headers, authorization: `Bearer ${token}` };
  let response: Response;
  try {
    response = await fetch(path, { ...init, headers });
  } catch {
    init.signal?.throwIfAborted();
    throw new Error("Cannot reach the server: restart tdrun ui");
  }
  if (response.ok) return response;
  const problem: ErrorResponse = await response.json();
  throw new Error(problem.error);
}
