/** Who is let in: each way to be refused. */
import { assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { checkRequest, createToken } from "../../src/gui/request_guard.ts";

const token = createToken();
const pass = { port: 4567, token };

function ask(
  headers: Record<string, string>,
  { method = "GET", path = "/api/session" } = {},
): number | undefined {
  const request = new Request(`http://127.0.0.1:4567${path}`, { method });
  // A Request refuses to be given a host; a server gets one as it was sent.
  const sent = new Headers({ host: "127.0.0.1:4567", authorization: `Bearer ${token}` });
  for (const [name, value] of Object.entries(headers)) sent.set(name, value);
  const seen = { method, url: request.url, headers: sent } as Request;
  return checkRequest(seen, pass)?.status;
}

const ORIGIN = "http://127.0.0.1:4567";

Deno.test("guard: its own page is let in", () => {
  assertEquals(ask({}), undefined);
  assertEquals(ask({ origin: ORIGIN, "sec-fetch-site": "same-origin" }), undefined);
  assertEquals(ask({ origin: ORIGIN }, { method: "POST", path: "/api/runs" }), undefined);
  assertEquals(ask({ host: "localhost:4567", origin: "http://localhost:4567" }), undefined);
});

Deno.test("guard: a name that leads here but is not the server's is refused", () => {
  assertEquals(ask({ host: "evil.example:4567" }), 421);
  assertEquals(ask({ host: "127.0.0.1:9999" }), 421);
  assertEquals(ask({ host: "127.0.0.1.evil.example:4567" }), 421);
  assertEquals(ask({ host: "" }), 421);
});

Deno.test("guard: pages of others are refused, whether they name themselves or not", () => {
  assertEquals(ask({ origin: "http://evil.example" }), 403);
  assertEquals(ask({ origin: "null" }), 403);
  assertEquals(ask({ origin: "http://127.0.0.1:8080" }), 403);
  assertEquals(ask({ origin: "http://localhost:4567" }), 403); // the page was opened by the other name
  assertEquals(ask({ "sec-fetch-site": "cross-site" }), 403);
  assertEquals(ask({ "sec-fetch-site": "same-site" }), 403);
});

Deno.test("guard: what changes something names its origin", () => {
  assertEquals(ask({}, { method: "POST", path: "/api/runs" }), 403);
});

Deno.test("guard: a link from elsewhere may lead to the page itself, and to nothing else", () => {
  const visit = { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" };
  assertEquals(ask(visit, { path: "/" }), undefined);
  assertEquals(ask(visit, { path: "/api/session" }), 403);
});

Deno.test("guard: the token is needed, in a header or the address", () => {
  const none = { authorization: "" };
  assertEquals(ask(none), 401);
  assertEquals(ask(none, { path: "/" }), 401);
  assertEquals(ask({ authorization: `Bearer ${token.slice(1)}` }), 401);
  assertEquals(ask({ authorization: `Bearer ${createToken()}` }), 401);
  assertEquals(ask(none, { path: `/?token=${token}` }), undefined);
  assertEquals(ask(none, { path: "/?token=" }), 401);
});

Deno.test("newToken: 256 bits, another each time", () => {
  assertMatch(token, /^[0-9a-f]{64}$/);
  assertNotEquals(createToken(), token);
});
