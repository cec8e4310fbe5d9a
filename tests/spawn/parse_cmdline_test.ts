import { assertEquals } from "@std/assert";
import { parseCmdline } from "../../src/spawn/parse_cmdline.ts";
import { TestSpace } from "../support/command.ts";

Deno.test("parseCmdline() splits the command line of /proc at its NUL characters", () => {
  assertEquals(parseCmdline("deno\0run\0-A\0a b.ts\0\0"), ["deno", "run", "-A", "a b.ts", ""]);
});

Deno.test("parseCmdline() joins words of an existing path in the output of ps", async () => {
  await using space = await TestSpace.create();
  const folder = `${space.folder}/of  mine`;
  await Deno.mkdir(folder);
  await space.file("of  mine/a file.ts", "");
  const file = `${folder}/a file.ts`;
  const assertParsed = (...args: string[]) =>
    assertEquals(parseCmdline(`${args.join(" ")}\n`), args);
  assertParsed(
    "/bin/deno",
    "run",
    "--quiet",
    "--config",
    file,
    "--no-lock",
    "jsr:@a/b",
    "module.ts",
    "-x",
  );
  assertParsed("deno", "run", `--import-map=${file}`, "-c", file, file, "one", "two");
  assertParsed("deno", "run", `--allow-read=${folder}`, "--allow-net=a.example,b.example", "m.ts");
});

Deno.test("parseCmdline() does not join words that are not an existing path", () => {
  const args = ["deno", "run", "--config", "no/where.json", "no", "program.ts", "--key=a", "b"];
  assertEquals(parseCmdline(args.join(" ")), args);
  assertEquals(parseCmdline(""), [""]);
});
