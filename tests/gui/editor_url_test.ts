/** Links to editors. */
import { assertEquals, assertThrows } from "@std/assert";
import { UsageError } from "../../src/base/errors.ts";
import { editorUrl } from "../../src/gui/page/model/editor_url.ts";
import { DEFAULT_EDITOR_URL, EDITORS, parseEditor } from "../../src/gui/parse_editor.ts";

const AT = { file: "/work/a b/#1.ts", line: 3, column: 7 };

Deno.test("editorUrl() encodes the path, and keeps the drive of Windows", () => {
  assertEquals(
    editorUrl(DEFAULT_EDITOR_URL, AT),
    "vscode://file/work/a%20b/%231.ts:3:7",
  );
  assertEquals(
    editorUrl(parseEditor("webstorm"), { ...AT, file: "C:\\work\\a&b.ts" }),
    "webstorm://open?file=/C:/work/a%26b.ts&line=3&column=7",
  );
  assertEquals(editorUrl("x:{file}{line}", { ...AT, file: "/{line}" }), "x:/%7Bline%7D3");
});

Deno.test("parseEditor() has a URL for each name, and accepts URLs of other editors", () => {
  for (const name of EDITORS.filter((it) => it !== "none")) {
    const { protocol } = new URL(editorUrl(parseEditor(name), AT));
    assertEquals(/^(https?|javascript|data):/.test(protocol), false, name);
  }
  assertEquals(parseEditor("none"), "");
  assertEquals(parseEditor("emacs://open?file={file}"), "emacs://open?file={file}");
});

Deno.test("parseEditor() rejects what opens no editor", () => {
  for (
    const text of [
      "javascript://{file}",
      "JAVASCRIPT:alert('{file}')",
      "data:text/html,{file}",
      "https://example.org/{file}",
      "emacs://open",
      "code {file}",
      "toString",
      "",
    ]
  ) assertThrows(() => parseEditor(text), UsageError, "Cannot use --editor=");
  assertThrows(() => parseEditor("vcode"), UsageError, "did you mean vscode?");
});
