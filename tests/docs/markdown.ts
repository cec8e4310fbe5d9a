/** Pages of the documentation, parsed into code blocks, headings and links. */

/** A fenced block of code. */
export interface Block {
  /** The first word after the fence: `ts`. */
  readonly language: string;
  /** The reason why the block is not run or checked, from `ts ignore: why`. */
  readonly ignored: string | undefined;
  /** The command whose output the block shows, from `<!-- $ tdrun … -->` above. */
  readonly source: string | undefined;
  /** The file name, from a first line `// build.ts` or `# state.yaml`. */
  readonly file: string | undefined;
  readonly text: string;
  /** The line of the fence, from 1. */
  readonly line: number;
}

/** A link to another page, a file or a heading; or the source of a picture. */
export interface Link {
  readonly target: string;
  readonly line: number;
}

/** A parsed page. */
export interface Page {
  /** Relative to the root of the repository: `docs/guide.md`. */
  readonly path: string;
  readonly blocks: readonly Block[];
  readonly links: readonly Link[];
  /** The anchors of the headings, as on GitHub. */
  readonly anchors: ReadonlySet<string>;
  /** Inline code, and indented lines of code. */
  readonly snippets: readonly Link[];
}

const ROOT = new URL("../../", import.meta.url);

/** The pages whose code is run: README.md and docs/. */
export function documentationPages(): Page[] {
  return ["README.md", ...pagesIn("docs/").sort()].map(readPage);
}

function pagesIn(folder: string): string[] {
  return [...Deno.readDirSync(new URL(folder, ROOT))].flatMap(({ name, isDirectory }) =>
    isDirectory ? pagesIn(`${folder}${name}/`) : name.endsWith(".md") ? [folder + name] : []
  );
}

/** Reads and parses a page. */
export function readPage(path: string): Page {
  return parsePage(path, Deno.readTextFileSync(new URL(path, ROOT)));
}

/** Parses a page. */
export function parsePage(path: string, text: string): Page {
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
    for (const [, target] of prose.matchAll(/<(?:img|source) [^>]*\bsrc(?:set)?="([^"\s]+)"/g)) {
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

/** Anchors as on GitHub: lower case, dashes for spaces, no punctuation, numbered if repeated. */
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
