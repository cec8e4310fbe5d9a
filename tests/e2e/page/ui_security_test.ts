/** `tdrun ui` against other sites, in a real browser, even if they know the token. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { Page } from "playwright-core";
import { inChromium } from "../../support/browser.ts";
import { TestSpace } from "../../support/command.ts";
import { count, waitUntilReady, withUi } from "../../support/ui.ts";

/** Serves a page of another site. */
function otherSite(): Disposable & { readonly url: string } {
  const headers = { "content-type": "text/html" };
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    () => new Response("<!DOCTYPE html><title>other</title><body>", { headers }),
  );
  return {
    url: `http://127.0.0.1:${server.addr.port}/`,
    [Symbol.dispose]: () => void server.shutdown(),
  };
}

const isAnything = { isExpected: () => true };

inChromium("tdrun ui cannot be run, read or framed by another site", async () => {
  await using space = await TestSpace.create();
  await space.module("work.ts", `export const a = mark(() => Deno.writeTextFileSync("ran", ""));`);
  using other = otherSite();
  await withUi(["work.ts"], space.folder, async (page, _command, url) => {
    await waitUntilReady(page);
    const evil: Page = await page.context().newPage();
    await evil.goto(other.url);
    const { origin, searchParams } = new URL(url);
    const token = searchParams.get("token")!;
    const asked = await evil.evaluate<string[]>(`(async () => {
      const endOf = (promise) => promise.then((it) => it.type + " " + it.status, (it) => it.name);
      const body = JSON.stringify({ module: "work.ts" });
      const api = ${JSON.stringify(`${origin}/api`)};
      const token = ${JSON.stringify(`?token=${token}`)};
      const source = new EventSource(api + "/events" + token);
      const stream = new Promise((resolve) => {
        source.onopen = () => resolve("open");
        source.onerror = () => resolve("refused");
      });
      return [
        await endOf(fetch(api + "/runs" + token, { method: "POST", mode: "no-cors", body })),
        await endOf(fetch(api + "/runs" + token, { method: "POST", body,
          headers: { "content-type": "application/json" } })),
        await endOf(fetch(api + "/session" + token)),
        await stream,
      ];
    })()`);
    assertEquals(asked, ["TypeError", "TypeError", "TypeError", "refused"]);
    const framed = await evil.evaluate<boolean>(`new Promise((resolve) => {
      const frame = document.createElement("iframe");
      frame.onload = () => {
        try { resolve(frame.contentDocument === null && frame.contentWindow.length === 0); }
        catch { resolve(true); }
      };
      frame.src = ${JSON.stringify(url)};
      document.body.append(frame);
    })`);
    assert(framed);
    const inside = evil.frames().find((it) => it !== evil.mainFrame())!;
    assertEquals(await inside.locator("#run").count(), 0);
    await evil.close();
    await page.reload();
    await waitUntilReady(page);
    assertEquals(await page.locator("[id^=show-run-]").count(), 0);
    assert(![...Deno.readDirSync(space.folder)].some(({ name }) => name === "ran"));
  }, isAnything);
});

inChromium("tdrun ui rejects a host name that resolves to this machine", async () => {
  await using space = await TestSpace.create();
  await withUi([], space.folder, async (page, _command, url) => {
    const rebound = new URL(url);
    rebound.hostname = "evil.example";
    const response = (await page.goto(rebound.href))!;
    assertEquals(response.status(), 421);
    assertStringIncludes(await response.text(), 'Cannot respond for host "evil.example');
  }, isAnything);
});

inChromium(
  "tdrun ui forbids scripts, connections and images of other origins",
  async () => {
    await using space = await TestSpace.create();
    await space.module("work.ts", "export const a = mark(() => 1);");
    using other = otherSite();
    const violations: string[] = [];
    await withUi(["work.ts"], space.folder, async (page) => {
      await waitUntilReady(page);
      const came = await page.evaluate<unknown[]>(`(async () => {
      globalThis.came = [];
      const script = document.createElement("script");
      script.textContent = "came.push('inline')";
      document.body.append(script);
      document.body.insertAdjacentHTML("beforeend",
        '<img src="x:" onerror="came.push(1)"><a id="js" href="javascript:came.push(2)">x</a>');
      document.getElementById("js").click();
      const far = document.createElement("script");
      far.src = ${JSON.stringify(other.url)};
      document.body.append(far);
      await new Promise((resolve) => far.onerror = resolve);
      await fetch(${JSON.stringify(other.url)}).then(() => came.push("fetched"), () => {});
      return came;
    })()`);
      assertEquals(came, []);
      assertEquals(await count(page, "tasks"), 1);
    }, { isExpected: (text) => violations.push(text) > 0 });
    assertMatch(violations.join("\n"), /script-src[^]*connect-src/);
  },
);
