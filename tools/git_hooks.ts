// deno-lint-ignore-file no-console -- what it says is what it is for
/**
 * `deno task hooks`: from then on git runs the checks of `deno task check` before each commit, and
 * refuses a commit that does not pass. The tests take longer, and are left to you.
 */
const HOOK = `#!/bin/sh
# Installed by "deno task hooks". To commit without it: git commit --no-verify
exec deno task check
`;

/** Git knows where hooks live: a worktree has them elsewhere than a clone. */
function hookPath(): string {
  const { code, stdout, stderr } = new Deno.Command("git", {
    args: ["rev-parse", "--git-path", "hooks/pre-commit"],
  }).outputSync();
  const decoder = new TextDecoder();
  if (code !== 0) throw new Error(`Cannot find the hooks of git: ${decoder.decode(stderr).trim()}`);
  return decoder.decode(stdout).trim();
}

const path = hookPath();
try {
  Deno.mkdirSync(path.slice(0, path.lastIndexOf("/")), { recursive: true });
  Deno.writeTextFileSync(path, HOOK, { mode: 0o755, createNew: true });
  console.log(`${path} runs "deno task check" before each commit`);
} catch (error) {
  if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
  console.error(`Error: Cannot install ${path}: it is there already, and is left as it is`);
  Deno.exitCode = 1;
}
