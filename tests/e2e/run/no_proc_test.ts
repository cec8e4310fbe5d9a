/** Systems without `/proc`, such as macOS, where `ps` prints the command line of a process. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { CLI, CONFIG, RunningCommand, statuses, TestSpace } from "../../support/command.ts";

/** Programs as on such a system: `cat` finds no `/proc`, and `ps` separates arguments by spaces. */
const PROGRAMS = {
  cat: `case $1 in /proc/*) exit 1 ;; esac; exec /bin/cat "$@"`,
  ps: `[ "$1 $2 $3 $4" = "-ww -o args= -p" ] && tr '\\0' ' ' </proc/$5/cmdline && echo`,
};

/** A folder with these, a module, and a configuration in a folder whose name has a space. */
async function makeSpace(): Promise<TestSpace> {
  const space = await TestSpace.create();
  for (const folder of ["bin", "my files"]) await Deno.mkdir(`${space.folder}/${folder}`);
  for (const [name, text] of Object.entries(PROGRAMS)) {
    await space.file(`bin/${name}`, `#!/bin/sh\n${text}\n`);
    await Deno.chmod(`${space.folder}/bin/${name}`, 0o755);
  }
  const { imports } = JSON.parse(await Deno.readTextFile(CONFIG));
  const names = { ...imports, seven: "./seven.ts" };
  await space.file("my files/deno.json", JSON.stringify({ imports: names }));
  await space.file("my files/seven.ts", "export const seven = 7;");
  await space.module(
    "module.ts",
    `import { seven } from "seven";
     export const a = mark(() => { if (seven !== 7) throw new Error("another"); });`,
  );
  return space;
}

function start({ folder }: TestSpace, flags: readonly string[], args: readonly string[]) {
  const config = ["--config", `${folder}/my files/deno.json`, "--no-lock"];
  return new RunningCommand(
    [Deno.execPath(), "run", "-q", ...flags, ...config, CLI, ...args],
    { folder, env: { PATH: `${folder}/bin:${Deno.env.get("PATH")}` } },
  );
}

const ignore = Deno.build.os !== "linux";

Deno.test({
  name: "--isolate=process uses a configuration whose path has spaces when there is no /proc",
  ignore,
  async fn() {
    await using space = await makeSpace();
    const { stderr } = await start(space, ["-A"], [
      ...["module.ts", "--isolate=process", "--no-journal"],
    ]).ended;
    assertEquals(statuses(stderr), { a: "PASSED" }, stderr);
  },
});

Deno.test({
  name: "tdrun ui passes its configuration to its processes when there is no /proc",
  ignore,
  async fn() {
    await using space = await makeSpace();
    const flags = ["--allow-net=127.0.0.1", "--allow-read", "--allow-write", "--allow-run"];
    const command = start(space, flags, ["ui", "--no-open"]);
    await command.waitFor("Press Ctrl-C to stop");
    const { origin, searchParams } = new URL(/http:\S+/.exec(command.stderr)![0]);
    const authorization = `Bearer ${searchParams.get("token")}`;
    const answer = await fetch(`${origin}/api/open`, {
      method: "POST",
      headers: { authorization, origin, "content-type": "application/json" },
      body: JSON.stringify({ module: "module.ts", state: {} }),
    });
    const text = await answer.text();
    command.kill("SIGINT");
    assertStringIncludes(text, '"tasks":[{"name":"a"');
    assertEquals((await command.ended).code, 0);
  },
});
