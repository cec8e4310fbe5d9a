/**
 * Access control of the server. The server runs code, so it answers requests of its own page only:
 *
 * - The server listens on the loopback address only.
 * - DNS rebinding: the `Host` header has to be the address under which the page was opened.
 * - Requests of other sites: `Origin` and `Sec-Fetch-Site`, which no script can set, reveal them.
 * - Other accounts of this machine do not know the token, which is new for each server.
 */
import { timingSafeEqual } from "node:crypto";

/** The address and the token that a request has to have. */
export interface Credentials {
  readonly port: number;
  readonly token: string;
}

/** The response to a request that is refused. */
export interface Rejection {
  readonly status: number;
  readonly error: string;
}

/** Creates a random token of 256 bits. */
export function createToken(): string {
  return crypto.getRandomValues(new Uint8Array(32)).toHex();
}

/** Checks a request before it is handled. @returns Undefined when the request is allowed. */
export function checkRequest(request: Request, credentials: Credentials): Rejection | undefined {
  const host = request.headers.get("host") ?? "";
  if (host !== `127.0.0.1:${credentials.port}` && host !== `localhost:${credentials.port}`) {
    return {
      status: 421,
      error: `Cannot respond for host "${host}": open the URL that tdrun ui has printed`,
    };
  }
  const foreign = foreignOrigin(request, host);
  if (foreign !== undefined) {
    return {
      status: 403,
      error: `Cannot respond to ${foreign}: only the server's own page may send requests`,
    };
  }
  if (!isSame(tokenOf(request), credentials.token)) {
    return {
      status: 401,
      error: "Cannot respond without the token: open the URL that tdrun ui has printed",
    };
  }
  return undefined;
}

/** Names the origin of a request that does not come from the server's own page. */
function foreignOrigin({ headers, method, url }: Request, host: string): string | undefined {
  const origin = headers.get("origin");
  if (origin !== null && origin !== `http://${host}`) return `a page of ${origin}`;
  // Browsers send Origin with every request that changes something; other clients have to as well.
  if (method !== "GET" && origin === null) return "a request without an origin";
  const site = headers.get("sec-fetch-site") ?? "none";
  const isVisit = headers.get("sec-fetch-mode") === "navigate" && new URL(url).pathname === "/";
  return site === "none" || site === "same-origin" || isVisit
    ? undefined
    : "a page of another site";
}

/** The token: in a header; in the URL for navigation and event streams, which have no headers. */
function tokenOf({ headers, url }: Request): string {
  const [, bearer] = /^Bearer (\w+)$/.exec(headers.get("authorization") ?? "") ?? [];
  return bearer ?? new URL(url).searchParams.get("token") ?? "";
}

/** Compares in constant time, so that the duration reveals nothing of the token. */
function isSame(given: string, token: string): boolean {
  const [one, other] = [given, token].map((it) => new TextEncoder().encode(it));
  return one!.length === other!.length && timingSafeEqual(one!, other!);
}
