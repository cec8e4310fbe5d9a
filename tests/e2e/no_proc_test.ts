/** Systems without `/proc`, such as macOS: there `ps` says how a process was started. */
import { assertEquals } from "@std/assert";
import { inRepository, LIBRARY, RunningCommand, statuses, TestSpace } from "../support/command.ts";

/** What stands for programs of such a system: `cat` finds nothing there, and `ps` writes words. */
const PROGRAMS = {
  cat: `case $1 in /proc/*) exit 1 ;; esac; exec /bin/cat "$@"`,
  ps: `[ "$1 $2 $3 $4" = "-ww -o args= -p" ] && tr '\\0' ' ' </proc/$5/cmdline && echo`,
};

Deno.test({
  name: "no /proc: processes of tasks have the configuration, though its path has spaces",
  ignore: Deno.build.os !== "linux",
  async fn() {
    await using space = await TestSpace.create();
    for (const folder of ["bin", "my files"]) await Deno.mkdir(`${space.folder}/${folder}`);
    for (const [name, text] of Object.entries(PROGRAMS)) {
      await space.file(`bin/${name}`, `#!/bin/sh\n${text}\n`);
      await Deno.chmod(`${space.folder}/bin/${name}`, 0o755);
    }
    const imports = { "@thread-order/cli": LIBRARY, seven: "./seven.ts" };
    const config = JSON.parse(await Deno.readTextFile(inRepository("deno.json")));
    await space.file(
      "my files/deno.json",
      JSON.stringify({ imports: { ...config.imports, ...imports } }),
    );
    await space.file("my files/seven.ts", "export const seven = 7;");
    await space.module(
      "module.ts",
      `import { seven } from "seven";
       export const a = mark(() => { if (seven !== 7) throw new Error("another"); });`,
    );
    const flags = ["-q", "-A", "--no-lock", "--config", `${space.folder}/my files/deno.json`];
    const args = [inRepository("cli.ts"), "module.ts", "--isolate=process", "--no-journal"];
    const { stderr } = await new RunningCommand([Deno.execPath(), "run", ...flags, ...args], {
      folder: space.folder,
      env: { PATH: `${space.folder}/bin:${Deno.env.get("PATH")}` },
    }).ended;
    assertEquals(statuses(stderr), { a: "PASSED" }, stderr);
  },
});
