import { assertEquals } from "@std/assert";
import { closestConfig } from "../../../src/pool/process/closest_config.ts";
import { startOptions } from "../../../src/pool/process/inherited_flags.ts";
import { permissionFlags } from "../../../src/pool/process/permission_flags.ts";
import { checkPermissions } from "../../../src/task/permissions.ts";

Deno.test("startOptions() keeps what another process needs, up to the program", () => {
  const line =
    "deno run -A -c x/deno.json --v8-flags=--max-old-space-size=64 --inspect --no-lock --unstable-kv " +
    "--cert a.pem --watch --allow-net=a.b,c --allow-read -R=/x --deny-env=HOME cli.ts --no-remote -R=/y";
  assertEquals(startOptions(line.split(" ")), {
    kept: [
      ...["-c", "x/deno.json", "--v8-flags=--max-old-space-size=64", "--no-lock", "--unstable-kv"],
      ...["--cert", "a.pem"],
    ],
    allowed: { net: ["--allow-net=a.b,c"], read: ["--allow-read=/x"] },
    denied: ["--deny-env=HOME"],
    hasConfig: true,
  });
  assertEquals(startOptions(["deno", "m.ts", "-A"]).kept, []);
  assertEquals(startOptions(["deno", "--no-config", "m.ts"]).hasConfig, true);
});

Deno.test("permissionFlags() gives all that the main process has, or what is said and no more", () => {
  const options = startOptions(["deno", "run", "-A", "m.ts"]);
  assertEquals(permissionFlags(options, undefined, "/f"), ["-A"]);
  const own = ["--allow-read=/f", "--allow-write=/f/up"];
  assertEquals(permissionFlags(options, checkPermissions("none"), "/f"), own);
  const some = checkPermissions({ read: ["./a,b", "c"], net: true, env: false, run: [] });
  assertEquals(some, { net: true, read: ["./a,b", "c"] });
  assertEquals(permissionFlags(options, some, "/f"), [
    ...["--allow-read=./a,,b,c", "--allow-net"],
    ...own,
  ]);
});

Deno.test("closestConfig() is the one nearest to the program", () => {
  const config = new URL("../../../deno.json", import.meta.url).pathname;
  assertEquals(closestConfig(import.meta.url), config);
  assertEquals(closestConfig("https://example.com/a.ts"), undefined);
});
