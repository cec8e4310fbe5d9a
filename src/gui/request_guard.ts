/**
 * Who may talk to the server. It runs code, so it answers its own page and nobody else:
 *
 * - It listens on the loopback address alone.
 * - A name that leads to this machine, but is not the one it was opened by, is another site that had its
 *   name lead here (DNS rebinding): the `System` tells.
 * - A page of another site may send requests too: `Origin` and `Sec-Fetch-Site` tell, which no script can
 *   set.
 * - Whoever else has an account on this machine does not know the token, which is new for each server.
 */
import { timingSafeEqual } from "node:crypto";

/** What a server lets in. */
export interface Credentials {
  readonly port: number;
  readonly token: string;
}

/** Why a request is not answered. */
export interface Rejection {
  readonly status: number;
  readonly error: string;
}

/** A token that nobody can guess: 256 bits. */
export function createToken(): string {
  return crypto.getRandomValues(new Uint8Array(32)).toHex();
}

/** Looks at a request before anything else does. Undefined means that it may go on. */
export function checkRequest(request: Request, credentials: Credentials): Rejection | undefined {
  const host = request.headers.get("host") ?? "";
  if (host !== `127.0.0.1:${credentials.port}` && host !== `localhost:${credentials.port}`) {
    return { status: 421, error: `Cannot answer for the host "${host}": this is a local server` };
  }
  const foreign = foreignOrigin(request, host);
  if (foreign !== undefined) {
    return {
      status: 403,
      error: `Cannot answer ${foreign}: only its own page may ask this server`,
    };
  }
  if (!isSame(tokenOf(request), credentials.token)) {
    return {
      status: 401,
      error: "Cannot answer without the token: open the address that tdrun ui has printed",
    };
  }
  return undefined;
}

/** Says who is asking, if it is not the server's own page. */
function foreignOrigin({ headers, method, url }: Request, host: string): string | undefined {
  const origin = headers.get("origin");
  if (origin !== null && origin !== `http://${host}`) return `a page of ${origin}`;
  // To change something, a browser names where it comes from; what is no browser has to as well.
  if (method !== "GET" && origin === null) return "a request without an origin";
  const site = headers.get("sec-fetch-site") ?? "none";
  const isVisit = headers.get("sec-fetch-mode") === "navigate" && new URL(url).pathname === "/";
  return site === "none" || site === "same-origin" || isVisit
    ? undefined
    : "a page of another site";
}

/** In a header; or in the address, where a browser can set no header: a visit, a stream of events. */
function tokenOf({ headers, url }: Request): string {
  const [, bearer] = /^Bearer (\w+)$/.exec(headers.get("authorization") ?? "") ?? [];
  return bearer ?? new URL(url).searchParams.get("token") ?? "";
}

/** Takes as long for a token that is nearly right as for any other. */
function isSame(given: string, token: string): boolean {
  const [one, other] = [given, token].map((it) => new TextEncoder().encode(it));
  return one!.length === other!.length && timingSafeEqual(one!, other!);
}
