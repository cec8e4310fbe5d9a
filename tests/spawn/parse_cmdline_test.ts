import { assertEquals } from "@std/assert";
import { parseCmdline } from "../../src/spawn/parse_cmdline.ts";
import { TestSpace } from "../support/command.ts";

Deno.test("parseCmdline() takes those of /proc as they are", () => {
  assertEquals(parseCmdline("deno\0run\0-A\0a b.ts\0\0"), ["deno", "run", "-A", "a b.ts", ""]);
});

Deno.test("parseCmdline() puts the path of a file together again that ps shows in words", async () => {
  await using space = await TestSpace.create();
  const folder = `${space.folder}/of  mine`;
  await Deno.mkdir(folder);
  await space.file("of  mine/a file.ts", "");
  const file = `${folder}/a file.ts`;
  const told = (...args: string[]) => assertEquals(parseCmdline(`${args.join(" ")}\n`), args);
  told("/bin/deno", "run", "--quiet", "--config", file, "--no-lock", "jsr:@a/b", "module.ts", "-x");
  told("deno", "run", `--import-map=${file}`, "-c", file, file, "one", "two");
  told("deno", "run", `--allow-read=${folder}`, "--allow-net=a.example,b.example", "m.ts");
});

Deno.test("parseCmdline() leaves apart what is no path of anything", () => {
  const args = ["deno", "run", "--config", "no/where.json", "no", "program.ts", "--key=a", "b"];
  assertEquals(parseCmdline(args.join(" ")), args);
  assertEquals(parseCmdline(""), [""]);
});
