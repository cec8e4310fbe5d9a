/** Access control of the server. */
import { assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { checkRequest, createToken } from "../../src/gui/request_guard.ts";

const token = createToken();
const pass = { port: 4567, token };

function ask(
  headers: Record<string, string>,
  { method = "GET", path = "/api/session" } = {},
): number | undefined {
  const request = new Request(`http://127.0.0.1:4567${path}`, { method });
  // A Request forbids a host header; a server receives one as it was sent.
  const sent = new Headers({ host: "127.0.0.1:4567", authorization: `Bearer ${token}` });
  for (const [name, value] of Object.entries(headers)) sent.set(name, value);
  const seen = { method, url: request.url, headers: sent } as Request;
  return checkRequest(seen, pass)?.status;
}

const ORIGIN = "http://127.0.0.1:4567";

Deno.test("checkRequest() allows the server's own page", () => {
  assertEquals(ask({}), undefined);
  assertEquals(ask({ origin: ORIGIN, "sec-fetch-site": "same-origin" }), undefined);
  assertEquals(ask({ origin: ORIGIN }, { method: "POST", path: "/api/runs" }), undefined);
  assertEquals(ask({ host: "localhost:4567", origin: "http://localhost:4567" }), undefined);
});

Deno.test("checkRequest() rejects other host names", () => {
  assertEquals(ask({ host: "evil.example:4567" }), 421);
  assertEquals(ask({ host: "127.0.0.1:9999" }), 421);
  assertEquals(ask({ host: "127.0.0.1.evil.example:4567" }), 421);
  assertEquals(ask({ host: "" }), 421);
});

Deno.test("checkRequest() rejects other origins and sites", () => {
  assertEquals(ask({ origin: "http://evil.example" }), 403);
  assertEquals(ask({ origin: "null" }), 403);
  assertEquals(ask({ origin: "http://127.0.0.1:8080" }), 403);
  // The page was opened as 127.0.0.1.
  assertEquals(ask({ origin: "http://localhost:4567" }), 403);
  assertEquals(ask({ "sec-fetch-site": "cross-site" }), 403);
  assertEquals(ask({ "sec-fetch-site": "same-site" }), 403);
});

Deno.test("checkRequest() requires an origin for requests that change something", () => {
  assertEquals(ask({}, { method: "POST", path: "/api/runs" }), 403);
});

Deno.test("checkRequest() allows a link from another site to the page only", () => {
  const visit = { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" };
  assertEquals(ask(visit, { path: "/" }), undefined);
  assertEquals(ask(visit, { path: "/api/session" }), 403);
});

Deno.test("checkRequest() requires the token, in a header or in the URL", () => {
  const none = { authorization: "" };
  assertEquals(ask(none), 401);
  assertEquals(ask(none, { path: "/" }), 401);
  assertEquals(ask({ authorization: `Bearer ${token.slice(1)}` }), 401);
  assertEquals(ask({ authorization: `Bearer ${createToken()}` }), 401);
  assertEquals(ask(none, { path: `/?token=${token}` }), undefined);
  assertEquals(ask(none, { path: "/?token=" }), 401);
});

Deno.test("createToken() creates different tokens of 256 bits", () => {
  assertMatch(token, /^[0-9a-f]{64}$/);
  assertNotEquals(createToken(), token);
});
