/** `deno task hooks`: the checks before each commit. */
import { assertEquals, assertMatch } from "@std/assert";
import { inRepository, RunningCommand } from "../support/command.ts";

const TOOL = inRepository("tools/git_hooks.ts");

async function run(line: readonly string[], folder: string) {
  return await new RunningCommand(line, { folder, env: { NO_COLOR: "1" } }).ended;
}

const install = (folder: string) =>
  run([Deno.execPath(), "run", "-A", "--no-config", TOOL], folder);

Deno.test("git_hooks.ts rejects a commit that fails checks, and keeps an old hook", async () => {
  const folder = await Deno.makeTempDir({ prefix: "thread-order-" });
  try {
    const git = (...args: string[]) =>
      run(["git", "-c", "user.name=a", "-c", "user.email=a@b.c", ...args], folder);
    assertEquals((await install(folder)).code, 1, "there is no repository");
    await git("init", "-q");
    const check = (code: number) =>
      Deno.writeTextFile(
        `${folder}/deno.json`,
        JSON.stringify({ tasks: { check: `deno eval 'Deno.exit(${code})'` } }),
      );
    const first = await install(folder);
    assertEquals(first.code, 0, first.stderr);
    assertMatch(first.stdout, /pre-commit runs "deno task check" before each commit\n$/);
    await check(1);
    await git("add", "-A");
    assertEquals((await git("commit", "-qm", "red")).code, 1);
    await check(0);
    await git("add", "-A");
    const green = await git("commit", "-qm", "green");
    assertEquals(green.code, 0, green.stderr);
    const again = await install(folder);
    assertMatch(
      again.stderr,
      /^Error: Cannot install .*: it is there already, and is left as it is\n$/,
    );
    assertEquals(again.code, 1);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("git_hooks.ts prints one line when there is no repository", async () => {
  const folder = await Deno.makeTempDir({ prefix: "thread-order-" });
  try {
    const { code, stdout, stderr } = await install(folder);
    assertMatch(stderr, /^Error: Cannot find the hooks of git: .*\n$/);
    assertEquals([code, stdout], [1, ""]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
