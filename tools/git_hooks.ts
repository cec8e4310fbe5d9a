// deno-lint-ignore-file no-console -- prints its result
/**
 * `deno task hooks`: installs a git hook that runs `deno task check` before each commit. The hook
 * does not run the tests, which take longer.
 */
const HOOK = `#!/bin/sh
# Installed by "deno task hooks". To commit without it: git commit --no-verify
exec deno task check
`;

/** The folder of hooks, by git: worktrees and clones have different ones. */
function hookPath(): string {
  const { code, stdout, stderr } = new Deno.Command("git", {
    args: ["rev-parse", "--git-path", "hooks/pre-commit"],
  }).outputSync();
  const decoder = new TextDecoder();
  if (code !== 0) throw new Error(`Cannot find the hooks of git: ${decoder.decode(stderr).trim()}`);
  return decoder.decode(stdout).trim();
}

function install(path: string): void {
  Deno.mkdirSync(path.slice(0, path.lastIndexOf("/")), { recursive: true });
  try {
    Deno.writeTextFileSync(path, HOOK, { mode: 0o755, createNew: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    throw new Error(`Cannot install ${path}: it is there already, and is left as it is`);
  }
}

try {
  const path = hookPath();
  install(path);
  console.log(`${path} runs "deno task check" before each commit`);
} catch (error) {
  console.error(`Error: ${(error as Error).message}`);
  Deno.exitCode = 1;
}
