/** Values of the state from the command line and from files. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { TestSpace } from "../../support/command.ts";

const SHOW = `
  export function setupState(state) { state.seenBySetup = state.env; }
  export const show = mark((state) => {
    const { _state_lock, results, ...rest } = state;
    logger.info("state:", JSON.stringify(rest));
  });
`;

Deno.test("--key=value sets text and --key:=json sets JSON before setupState", async () => {
  await using space = await TestSpace.create();
  const { code, stderr } = await space.tdrunModule(SHOW, [
    "--env=dev",
    "--count:=3",
    '--list:=[1,{"a":null}]',
    "--text=a=b:=c",
    "--empty=",
  ]);
  assertStringIncludes(
    stderr,
    'state: {"env":"dev","count":3,"list":[1,{"a":null}],"text":"a=b:=c","empty":"","seenBySetup":"dev"}',
  );
  assertEquals(code, 0);
});

Deno.test("--key=value overrides the state file", async () => {
  await using space = await TestSpace.create();
  await space.file("state.json", '{ "env": "file", "kept": { "deep": [true] } }');
  const args = ["--state-file=state.json", "--env=typed"];
  const { stderr } = await space.tdrunModule(SHOW, args);
  assertStringIncludes(stderr, '{"env":"typed","kept":{"deep":[true]},"seenBySetup":"typed"}');
});

Deno.test("--state-file reads a .yml file as YAML", async () => {
  await using space = await TestSpace.create();
  await space.file("state.yml", "env: yaml\nlist:\n  - 1\n  - two\n");
  const { code, stderr } = await space.tdrunModule(SHOW, ["--state-file", "state.yml"]);
  assertStringIncludes(stderr, '{"env":"yaml","list":[1,"two"],"seenBySetup":"yaml"}');
  assertEquals(code, 0);
});

Deno.test("--state-file and --key:=@file reject a file that is not UTF-8", async () => {
  await using space = await TestSpace.create();
  await space.module("module.ts", SHOW);
  const files = { latin1: [0x22, 0xe9, 0x22], utf16: [0xff, 0xfe, 0x31, 0x00] };
  for (const [name, bytes] of Object.entries(files)) {
    await Deno.writeFile(`${space.folder}/${name}.json`, new Uint8Array(bytes));
    const cases = {
      [`--state-file=${name}.json`]: `the state file "${name}.json"`,
      [`--text:=@${name}.json`]: `the value of --text:=@${name}.json`,
    };
    for (const [arg, what] of Object.entries(cases)) {
      const { code, stderr } = await space.tdrun(["module.ts", arg]);
      assertEquals(stderr, `Error: Cannot read ${what}: invalid UTF-8\n`);
      assertEquals(code, 2);
    }
  }
});

Deno.test("--state-file creates one object when several YAML keys share an alias", async () => {
  await using space = await TestSpace.create();
  await space.file("state.yaml", "ann: &ann { age: 1 }\nusers: [*ann]\nbest: *ann\n");
  const { code, stderr } = await space.tdrunModule(
    `export const birthday = mark((state) => {
      state.best.age++;
      logger.info("ages:", state.ann.age, state.users[0].age, state.users[0] === state.best);
    });`,
    ["--state-file=state.yaml"],
  );
  assertStringIncludes(stderr, "ages: 2 2 true");
  assertEquals(code, 0);
});

Deno.test("--key=value prints a note when the key is one letter away from an option", async () => {
  await using space = await TestSpace.create();
  const { code, stderr } = await space.tdrunModule(SHOW, ["--worker=2"]);
  assertStringIncludes(stderr, "Note: --worker= is not an option: it sets state.worker.");
  assertStringIncludes(stderr, "Did you mean --workers?");
  assertStringIncludes(stderr, '"worker":"2"');
  assertEquals(code, 0);
});
