import { assert, assertEquals } from "@std/assert";
import { nearestConfig, startOptions } from "../../../src/spawn/inherited_flags.ts";
import { permissionFlags } from "../../../src/spawn/permission_flags.ts";
import { checkPermissions } from "../../../src/task/task_permissions.ts";
import { inRepository } from "../../support/command.ts";

Deno.test("startOptions() returns the flags before the program that a child needs", () => {
  const line =
    "deno run -A -c x/deno.json --v8-flags=--max-old-space-size=64 --inspect --no-lock --unstable-kv " +
    "--cert a.pem --min-dep-age 0 --watch --allow-net=a.b,c --allow-read -R=/x --deny-env=HOME cli.ts --no-remote -R=/y";
  assertEquals(startOptions(line.split(" ")), {
    inherited: [
      ...["-c=x/deno.json", "--v8-flags=--max-old-space-size=64", "--no-lock", "--unstable-kv"],
      ...["--cert=a.pem", "--min-dep-age=0"],
    ],
    allowed: { net: ["--allow-net=a.b,c"], read: ["--allow-read=/x"] },
    denied: ["--deny-env=HOME"],
    hasConfig: true,
  });
  assertEquals(startOptions(["deno", "m.ts", "-A"]).inherited, []);
  assertEquals(startOptions(["deno", "--no-config", "m.ts"]).hasConfig, true);
});

Deno.test("startOptions() knows every option of deno run with a separate value", async () => {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--help=full"],
    env: { NO_COLOR: "1" },
  }).output();
  const help = new TextDecoder().decode(stdout);
  const names = [...help.matchAll(/^ +(?:-\w, +)?(--[a-z-]+) <VALUE>/gm)].map(([, name]) => name!);
  assert(names.includes("--config") && names.length > 10, "the help is not understood any more");
  const isKnown = (name: string) =>
    startOptions(["deno", "run", name, "x", "--no-remote", "m.ts"]).inherited.includes(
      "--no-remote",
    );
  assertEquals(names.filter((name) => !isKnown(name)), []);
});

Deno.test("permissionFlags() returns all inherited permissions, or only the given ones", () => {
  const options = startOptions(["deno", "run", "-A", "m.ts"]);
  assertEquals(permissionFlags(options, undefined, "/f"), ["-A"]);
  const own = ["--allow-read=/f", "--allow-write=/f/up"];
  assertEquals(permissionFlags(options, checkPermissions("none"), "/f"), own);
  assertEquals(permissionFlags(options, checkPermissions("none"), "/f,g"), [
    ...["--allow-read=/f,,g", "--allow-write=/f,,g/up"],
  ]);
  const some = checkPermissions({ read: ["./a,b", "c"], net: true, env: false, run: [] });
  assertEquals(some, { net: true, read: ["./a,b", "c"] });
  assertEquals(permissionFlags(options, some, "/f"), [
    ...["--allow-read=./a,,b,c", "--allow-net"],
    ...own,
  ]);
});

Deno.test("nearestConfig() returns the configuration nearest to the program", () => {
  const config = inRepository("deno.json");
  assertEquals(nearestConfig(import.meta.url), config);
  assertEquals(nearestConfig("https://example.com/a.ts"), undefined);
  assertEquals(nearestConfig("file:///C:/there/is/none.ts"), undefined); // its root is `/C:/`
});
