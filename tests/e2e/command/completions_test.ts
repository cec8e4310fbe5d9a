/**
 * `--completions`: the scripts, run in their shells. Tests of a shell that is not installed are
 * ignored, and their names include the shell.
 */
import { assertArrayIncludes, assertEquals, assertStringIncludes } from "@std/assert";
import { completionScript } from "../../../src/cli/help/completion_script.ts";
import { OPTIONS } from "../../../src/cli/args/option_table.ts";
import { type Shell, SHELLS } from "../../../src/cli/args/request.ts";
import { bounded } from "../../support/bounded.ts";
import { tdrun, tdrunLine, TestSpace } from "../../support/command.ts";

const MODULE = `
  console.log("load_noise");
  export const load = mark(() => {});
  export const lower = mark(() => {});
  export const other = mark(() => {});
  const odd = mark(() => {});
  export { odd as "lo $(touch evil) 'q'" };
`;
/** Names that contain separators of names and values. */
const SIGNS = `export const t = mark({ each: ["eu:west", "a=b", "x,y", "p::q"] }, () => {});`;
/** A module with tags, one of which an expression has to quote, and a task as in module.ts. */
const TAGGED = `
  export const load = mark({ tags: ["db", "slow"] }, () => {});
  export const save = mark({ tags: ["db", "sluggish", "two words"] }, () => {});
`;
const SETTINGS = { tdrun: { profiles: { nightly: { extends: "ci" }, ci: { retries: 2 } } } };
const ODD = "lo $(touch evil) 'q'";

const installed = new Map<Shell, boolean>();
for (const shell of SHELLS) installed.set(shell, await isInstalled(shell));

async function isInstalled(shell: Shell): Promise<boolean> {
  try {
    return (await new Deno.Command(shell, { args: ["-c", "true"] }).output()).success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** A folder with a module, two other files, a folder, the scripts and a `tdrun`. */
async function makeSpace(): Promise<TestSpace> {
  const space = await TestSpace.create();
  await space.module("module.ts", MODULE);
  await space.module("signs.ts", SIGNS);
  await space.module("tagged.ts", TAGGED);
  await space.file("deno.json", JSON.stringify(SETTINGS));
  await space.file("notes.txt", "");
  await Deno.mkdir(`${space.folder}/more`);
  await Deno.mkdir(`${space.folder}/bin`);
  const command = tdrunLine([]).map((part) => `'${part}'`).join(" ");
  await space.file("bin/tdrun", `#!/bin/sh\nexec ${command} "$@"\n`);
  await Deno.chmod(`${space.folder}/bin/tdrun`, 0o755);
  for (const shell of SHELLS) await space.file(`script.${shell}`, `${completionScript(shell)}\n`);
  return space;
}

/** The output of a shell that runs a line. */
async function shellOutput(
  shell: Shell,
  args: readonly string[],
  space: TestSpace,
  line: string,
): Promise<string> {
  const child = new Deno.Command(shell, {
    args: [...args, "-c", line],
    cwd: space.folder,
    env: { PATH: `${space.folder}/bin:${Deno.env.get("PATH")}`, HOME: space.folder },
    stdin: "null",
  });
  const { code, stdout, stderr } = await bounded(child.output(), `${shell}: ${line}`);
  assertEquals([code, new TextDecoder().decode(stderr)], [0, ""]);
  return new TextDecoder().decode(stdout);
}

function shellTest(shell: Shell, name: string, fn: (space: TestSpace) => Promise<void>): void {
  Deno.test({
    name: `--completions ${shell}${installed.get(shell) ? "" : " (not installed)"} ${name}`,
    ignore: !installed.get(shell),
    async fn() {
      await using space = await makeSpace();
      await fn(space);
      await assertNothingEvaluated(space);
    },
  });
}

/** Names come from the module, and may be anything. */
async function assertNothingEvaluated({ folder }: TestSpace): Promise<void> {
  const names = [];
  for await (const { name } of Deno.readDir(folder)) names.push(name);
  assertEquals(names.includes("evil"), false);
}

for (const shell of SHELLS) {
  Deno.test(`--completions ${shell} prints the script and one final line break`, async () => {
    const { code, stdout, stderr } = await tdrun(["--completions", shell]);
    assertEquals(stdout, `${completionScript(shell)}\n`);
    assertEquals([code, stderr], [0, ""]);
  });
  Deno.test(`completionScript() contains every option for ${shell}`, () => {
    const script = completionScript(shell);
    for (const { name } of OPTIONS) {
      assertStringIncludes(script, shell === "fish" ? `-l ${name.slice(2)}` : name);
    }
  });
  shellTest(shell, "prints a script without syntax errors", async (space) => {
    const { success, stderr } = await new Deno.Command(shell, {
      args: ["-n", `${space.folder}/script.${shell}`],
    }).output();
    assertEquals([success, new TextDecoder().decode(stderr)], [true, ""]);
  });
}

Deno.test("--completions=profiles prints the profiles, and nothing for invalid settings", async () => {
  await using space = await TestSpace.create();
  assertEquals((await space.tdrun(["--completions=profiles"])).stdout.trim(), "");
  await space.file("tdrun.json", JSON.stringify(SETTINGS.tdrun));
  assertEquals((await space.tdrun(["--completions=profiles"])).stdout, "ci\nnightly\n");
  await space.file("tdrun.json", "{");
  const { code, stdout, stderr } = await space.tdrun(["--completions=profiles"]);
  assertEquals([code, stdout.trim(), stderr], [0, "", ""]);
});

Deno.test("--list=tags prints the distinct tags of the selected tasks", async () => {
  await using space = await TestSpace.create();
  await space.module("tagged.ts", TAGGED);
  const tags = async (target: string) => (await space.tdrun([target, "--list=tags"])).stdout;
  assertEquals(await tags("tagged.ts"), "db\nslow\nsluggish\ntwo words\n");
  assertEquals(await tags("tagged.ts::load"), "db\nslow\n");
});

const NAMES = OPTIONS.map(({ name }) => name);

/** COMPREPLY of bash, after calling the function as readline does, at the end of a line. */
async function inBash(
  space: TestSpace,
  typed: string,
  breaks = "$' \\t\\n\"\\'><=;|&(:'",
): Promise<string[]> {
  const output = await shellOutput(
    "bash",
    ["--noprofile", "--norc"],
    space,
    `
    source script.bash
    COMP_WORDBREAKS=${breaks}
    COMP_LINE=${quoted(typed)} COMP_POINT=${typed.length}
    complete -p tdrun >/dev/null && _tdrun tdrun
    for reply in "\${COMPREPLY[@]}"; do printf '%s\\n' "$reply"; done
  `,
  );
  return output.split("\n").slice(0, -1).sort();
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

const ODD_IN_BASH = "lo\\ \\$\\(touch\\ evil\\)\\ \\'q\\'";
const FULL_NAMES = [
  "module::load",
  "module::lower",
  "module::other",
  "tagged::load",
  "tagged::save",
];
const bashCases: [typed: string, replies: string[]][] = [
  ["tdrun module.ts::lo", [ODD_IN_BASH, "load", "lower"]],
  ["tdrun module.ts::", [ODD_IN_BASH, "load", "lower", "other"]],
  ["tdrun module.ts::load::ot", ["other"]],
  ["tdrun module.ts ::ot", ["other"]],
  ["tdrun --workers 2 module.ts ::ot", ["other"]],
  ["tdrun no.ts::", []],
  ["tdrun mo", ["module.ts", "more"]],
  ["tdrun module.ts si", ["signs.ts"]],
  ["tdrun module.ts tagged.ts ::", [`module::${ODD_IN_BASH}`, ...FULL_NAMES]],
  ["tdrun module.ts tagged.ts ::tagged::s", ["save"]],
  ["tdrun module.ts tagged.ts ::module::load::tagged::s", ["save"]],
  ["tdrun tagged.ts module.ts::ot", ["other"]],
  ["tdrun module.ts tagged.ts --exclude tagged::s", ["save"]],
  ["tdrun tagged.ts --tags ", ["db", "slow", "sluggish"]],
  ["tdrun tagged.ts module.ts --tags=db,slu", ["db,sluggish"]],
  ['tdrun tagged.ts --tags "', ["db", "slow", "sluggish"]],
  ['tdrun tagged.ts --tags "db ', ["db and", "db or"]],
  ['tdrun tagged.ts --tags "db and sl', ["db and slow", "db and sluggish"]],
  ["tdrun tagged.ts --tags='db and not (slu", ["db and not (sluggish"]],
  ['tdrun --tags "a or b" tagged.ts ::s', ["save"]],
  ["tdrun module.ts --profile ", ["ci", "nightly"]],
  ["tdrun --profile=n", ["nightly"]],
  ["tdrun tagged.ts --result-s", ["--result-save:=", "--result-save="]],
  ["tdrun tagged.ts module.ts --result-tagged::s", ["save:=", "save="]],
  ["tdrun n", []],
  ["tdrun --tags module.ts mod", ["module.ts"]],
  ["tdrun module.ts --state-file n", ["notes.txt"]],
  ["tdrun merge module.ts n", ["notes.txt"]],
  ["tdrun module.ts --state-file=n", ["notes.txt"]],
  ["tdrun module.ts --exclude lo", [ODD_IN_BASH, "load", "lower"]],
  ["tdrun signs.ts::t.", ["t.a=b", "t.eu:west", "t.p::q", "t.x\\,y"]],
  ["tdrun signs.ts::t.eu:w", ["west"]],
  ["tdrun signs.ts --exclude t.x", ["t.x\\,y"]],
  ["tdrun --state-f", ["--state-file"]],
  ["tdrun -", [...NAMES, "-C", "-V", "-h"].sort()],
  ["tdrun --graph=", ["dot", "json", "levels", "mermaid", "svg", "text", "tree"]],
  ["tdrun --list=t", ["tags", "text"]],
  ["tdrun --graph=m", ["mermaid"]],
  ["tdrun --output g", ["grouped"]],
  ["tdrun --reporter=j", ["json", "junit"]],
  ["tdrun --reporter j", ["json", "junit"]],
  ["tdrun --reporter=json=no", ["notes.txt"]],
  ["tdrun --reporter json=mo", ["module.ts", "more"]],
  ["tdrun --workers ", []],
  ["tdrun w", ["worker"]],
  ["tdrun ui mo", ["module.ts", "more"]],
  ["tdrun ui -", ["--editor", "--engine", "--help", "--no-open", "--port", "--watch", "-h"]],
  ["tdrun ui module.ts::", []],
  ["tdrun ui --port ", []],
  ["tdrun worker --engine x mod", ["module.ts"]],
  ["tdrun -C mo", ["more"]],
  ["tdrun worker module.ts --w", ["--workers"]],
];
for (const [typed, replies] of bashCases) {
  shellTest(
    "bash",
    `completes "${typed}"`,
    async (space) => assertEquals(await inBash(space, typed), replies),
  );
}

shellTest("bash", "completes a name after a comma", async (space) => {
  assertEquals(await inBash(space, "tdrun module.ts --exclude=load,ot"), ["load,other"]);
});

shellTest("bash", "completes whole words when : and = do not break words", async (space) => {
  const inWords = (typed: string) => inBash(space, typed, "$' \\t\\n'");
  assertEquals(await inWords("tdrun module.ts::ot"), ["module.ts::other"]);
  assertEquals(await inWords("tdrun --graph=m"), ["--graph=mermaid"]);
  assertEquals(await inWords("tdrun --reporter=json=no"), ["--reporter=json=notes.txt"]);
  assertEquals(await inWords("tdrun module.ts --exclude=load,ot"), ["--exclude=load,other"]);
});

/** The completions of fish, without their descriptions. */
async function inFish(space: TestSpace, typed: string): Promise<string[]> {
  const line = `source script.fish; complete -C ${quoted(typed)}`;
  const output = await shellOutput("fish", ["--no-config"], space, line);
  return output.split("\n").slice(0, -1).map((it) => it.split("\t")[0]!).sort();
}

const fishCases: [typed: string, offers: string[]][] = [
  ["tdrun module.ts::lo", [`module.ts::${ODD}`, "module.ts::load", "module.ts::lower"]],
  ["tdrun module.ts::load::ot", ["module.ts::load::other"]],
  ["tdrun module.ts ::ot", ["::other"]],
  ["tdrun --workers 2 module.ts ::ot", ["::other"]],
  ["tdrun signs.ts::t.e", ["signs.ts::t.eu:west"]],
  ["tdrun modu", ["module.ts"]],
  ["tdrun module.ts sig", ["signs.ts"]],
  ["tdrun module.ts tagged.ts ::tagged::", ["::tagged::load", "::tagged::save"]],
  ["tdrun module.ts tagged.ts ::module::load::tagged::s", ["::module::load::tagged::save"]],
  ["tdrun tagged.ts module.ts::ot", ["module.ts::other"]],
  ["tdrun module.ts tagged.ts --exclude tagged::s", ["tagged::save"]],
  ["tdrun tagged.ts --tags ", ["db", "slow", "sluggish"]],
  ["tdrun tagged.ts module.ts --tags=db,slu", ["--tags=db,sluggish"]],
  ['tdrun tagged.ts --tags "', ["db", "slow", "sluggish"]],
  ['tdrun tagged.ts --tags "db ', ["db and", "db or"]],
  ['tdrun tagged.ts --tags "db and sl', ["db and slow", "db and sluggish"]],
  ["tdrun tagged.ts --tags 'db and not (slu", ["db and not (sluggish"]],
  ['tdrun --tags "a or b" tagged.ts ::s', ["::save"]],
  ["tdrun module.ts --profile ", ["ci", "nightly"]],
  ["tdrun --profile=n", ["--profile=nightly"]],
  ["tdrun tagged.ts --result-s", ["--result-save:=", "--result-save="]],
  ["tdrun tagged.ts module.ts --result-tagged::s", [
    ...["--result-tagged::save:=", "--result-tagged::save="],
  ]],
  ["tdrun module.ts --exclude load,ot", ["load,other"]],
  ["tdrun module.ts --state-file not", ["notes.txt"]],
  ["tdrun merge module.ts not", ["notes.txt"]],
  [
    "tdrun --graph=",
    ["dot", "json", "levels", "mermaid", "svg", "text", "tree"].map((it) => `--graph=${it}`),
  ],
  ["tdrun --output gr", ["grouped"]],
  ["tdrun --reporter=js", ["--reporter=json"]],
  ["tdrun --reporter ju", ["junit"]],
  ["tdrun --reporter=json=not", ["--reporter=json=notes.txt"]],
  ["tdrun --reporter json=mor", ["json=more/"]],
  ["tdrun --completions=", SHELLS.map((it) => `--completions=${it}`).sort()],
  ["tdrun --dry", ["--dry-run"]],
  ["tdrun wor", ["worker"]],
  ["tdrun ui modu", ["module.ts"]],
  ["tdrun ui --", ["--editor", "--engine", "--help", "--no-open", "--port", "--watch"]],
  ["tdrun ui module.ts::", []],
  ["tdrun worker --engine x modu", ["module.ts"]],
  ["tdrun worker module.ts --", ["--engine", "--help", "--isolate", "--workers"]],
];
for (const [typed, offers] of fishCases) {
  shellTest(
    "fish",
    `completes "${typed}"`,
    async (space) => assertEquals(await inFish(space, typed), offers),
  );
}

shellTest("fish", "completes every option", async (space) => {
  assertArrayIncludes(await inFish(space, "tdrun --"), NAMES);
});

/**
 * The line of an interactive zsh after a tab. Ctrl-X prints the line between two marks, for which
 * the test waits.
 */
async function inZsh(space: TestSpace, typed: string): Promise<string> {
  const output = await shellOutput(
    "zsh",
    ["-f"],
    space,
    `
    zmodload zsh/zpty
    zpty shell zsh -f -i
    zpty -w shell ${
      quoted(
        `
      PROMPT= RPROMPT=; path=(${space.folder}/bin $path); cd ${space.folder}
      autoload -U compinit; compinit -D -u; source script.zsh
      show() { zle -I; print -r -- "<<$BUFFER>>" }; zle -N show; bindkey '^X' show
      setopt no_beep; print -r -- READ''Y`.trim().replaceAll("\n", ";"),
      )
    }
    zpty -r shell out '*READY*'
    zpty -w -n shell ${quoted(typed)}$'\\t\\C-x'
    zpty -r shell out '*<<*>>*'
    print -rn -- "$out"
  `,
  );
  return /<<([^]*)>>/.exec(output.replaceAll("\r\n", "\n"))![1]!.trimEnd();
}

const zshCases: [typed: string, line: string][] = [
  ["tdrun module.ts::ot", "tdrun module.ts::other"],
  ["tdrun module.ts::load::ot", "tdrun module.ts::load::other"],
  ["tdrun module.ts ::ot", "tdrun module.ts ::other"],
  ["tdrun module.ts::lo\\ ", `tdrun module.ts::lo\\ \\$\\(touch\\ evil\\)\\ \\'q\\'`],
  ["tdrun signs.ts::t.e", "tdrun signs.ts::t.eu:west"],
  ["tdrun modu", "tdrun module.ts"],
  ["tdrun module.ts sig", "tdrun module.ts signs.ts"],
  ["tdrun module.ts tagged.ts ::tagged::s", "tdrun module.ts tagged.ts ::tagged::save"],
  [
    "tdrun module.ts tagged.ts ::module::load::tagged::s",
    "tdrun module.ts tagged.ts ::module::load::tagged::save",
  ],
  ["tdrun tagged.ts module.ts::ot", "tdrun tagged.ts module.ts::other"],
  [
    "tdrun module.ts tagged.ts --exclude=tagged::s",
    "tdrun module.ts tagged.ts --exclude=tagged::save",
  ],
  ["tdrun tagged.ts --tags d", "tdrun tagged.ts --tags db"],
  ["tdrun tagged.ts --tags=db,slu", "tdrun tagged.ts --tags=db,sluggish"],
  ['tdrun tagged.ts --tags "db a', 'tdrun tagged.ts --tags "db and"'],
  ['tdrun tagged.ts --tags "db and slu', 'tdrun tagged.ts --tags "db and sluggish"'],
  ["tdrun tagged.ts --tags 'db and not (slu", "tdrun tagged.ts --tags 'db and not (sluggish'"],
  ['tdrun --tags "a or b" tagged.ts ::s', 'tdrun --tags "a or b" tagged.ts ::save'],
  ["tdrun module.ts --profile n", "tdrun module.ts --profile nightly"],
  ["tdrun --profile=n", "tdrun --profile=nightly"],
  ["tdrun tagged.ts --result-s", "tdrun tagged.ts --result-save"],
  [
    "tdrun tagged.ts module.ts --result-tagged::s",
    "tdrun tagged.ts module.ts --result-tagged::save",
  ],
  ["tdrun module.ts --exclude=load,ot", "tdrun module.ts --exclude=load,other"],
  ["tdrun --graph=m", "tdrun --graph=mermaid"],
  ["tdrun --output gr", "tdrun --output grouped"],
  ["tdrun --dry", "tdrun --dry-run"],
  ["tdrun --reporter=js", "tdrun --reporter=json"],
  ["tdrun --reporter=json=no", "tdrun --reporter=json=notes.txt"],
  ["tdrun --reporter json=no", "tdrun --reporter json=notes.txt"],
  ["tdrun wor", "tdrun worker"],
  ["tdrun ui modu", "tdrun ui module.ts"],
  ["tdrun ui --po", "tdrun ui --port="],
  ["tdrun ui --dry", "tdrun ui --dry"],
  ["tdrun worker --engine=x modu", "tdrun worker --engine=x module.ts"],
  ["tdrun worker module.ts --wo", "tdrun worker module.ts --workers="],
];
for (const [typed, line] of zshCases) {
  shellTest(
    "zsh",
    `completes "${typed}"`,
    async (space) => assertEquals(await inZsh(space, typed), line),
  );
}
