/** A page of the documentation, taken apart: its code blocks, its headings, its links. */

/** A fenced block of code. */
export interface Block {
  /** The first word after the fence: `ts`. */
  readonly language: string;
  /** Why the block is not run or checked, from `ts ignore: why`. */
  readonly ignored: string | undefined;
  /** The command whose output the block is, from `<!-- $ tdrun … -->` above it. */
  readonly source: string | undefined;
  /** The file it is, from a first line `// build.ts` or `# state.yaml`. */
  readonly file: string | undefined;
  readonly text: string;
  /** The line of its fence, from 1. */
  readonly line: number;
}

/** A link to another page, a file or a heading. */
export interface Link {
  readonly target: string;
  readonly line: number;
}

/** See the head of this file. */
export interface Page {
  /** From the root of the repository: `docs/guide.md`. */
  readonly path: string;
  readonly blocks: readonly Block[];
  readonly links: readonly Link[];
  /** The headings, as GitHub's anchors. */
  readonly anchors: ReadonlySet<string>;
  /** What stands in `backticks`, and lines of code that are only indented. */
  readonly snippets: readonly Link[];
}

const ROOT = new URL("../../", import.meta.url);

/** The pages whose code is run: the README and all of docs/. */
export function documentationPages(): Page[] {
  const docs = [...Deno.readDirSync(new URL("docs/", ROOT))].map(({ name }) => `docs/${name}`);
  const paths = docs.filter((path) => path.endsWith(".md")).sort();
  return ["README.md", ...paths].map(readPage);
}

/** Reads a page of the repository. */
export function readPage(path: string): Page {
  return takeApart(path, Deno.readTextFileSync(new URL(path, ROOT)));
}

/** Takes a page apart. */
export function takeApart(path: string, text: string): Page {
  const blocks: Block[] = [];
  const [links, snippets]: [Link[], Link[]] = [[], []];
  const titles: string[] = [];
  const lines = text.split("\n");
  for (let i = 0; i < lines.length; i++) {
    const fence = /^( *)(`{3,})(.*)$/.exec(lines[i]!);
    if (fence) {
      const end = lines.indexOf(fence[1]! + fence[2]!, i + 1);
      if (end < 0) throw new Error(`${path}:${i + 1}: the block has no end`);
      blocks.push(blockOf(lines, i, end, fence[1]!.length, fence[3]!));
      i = end;
      continue;
    }
    const [line, number] = [lines[i]!, i + 1];
    const title = /^#+ (.+)$/.exec(line);
    if (title) titles.push(title[1]!);
    const prose = line.replaceAll(/`[^`]+`/g, "");
    for (const [, target] of prose.matchAll(/\]\(([^)\s]+)\)/g)) {
      links.push({ target: target!, line: number });
    }
    const indented = /^ {4}(\S.*)$/.exec(line);
    const inline = [...line.matchAll(/`([^`]+)`/g)].map(([, code]) => code!);
    for (const code of indented ? [indented[1]!] : inline) {
      snippets.push({ target: code, line: number });
    }
  }
  return { path, blocks, links, snippets, anchors: anchorsOf(titles) };
}

function blockOf(
  lines: readonly string[],
  start: number,
  end: number,
  indent: number,
  info: string,
): Block {
  const body = lines.slice(start + 1, end).map((line) => line.slice(indent));
  let above = start - 1;
  while (lines[above] === "") above--;
  return {
    language: info.trim().split(/\s/)[0]!,
    ignored: /\bignore: (.+)$/.exec(info)?.[1],
    source: /^<!-- \$ (.+) -->$/.exec(lines[above]?.trim() ?? "")?.[1],
    file: /^(?:\/\/|#) ([\w./-]+\.(?:ts|yaml))$/.exec(body[0] ?? "")?.[1],
    text: body.map((line) => `${line}\n`).join(""),
    line: start + 1,
  };
}

/** GitHub's anchors: lower case, dashes for blanks, no other marks; a number from the second on. */
function anchorsOf(titles: readonly string[]): Set<string> {
  const anchors = new Set<string>();
  for (const title of titles) {
    const base = title.toLowerCase().replaceAll(/[^\p{L}\p{N} _-]/gu, "").replaceAll(" ", "-");
    let anchor = base;
    for (let i = 1; anchors.has(anchor); i++) anchor = `${base}-${i}`;
    anchors.add(anchor);
  }
  return anchors;
}
