/** The source around the location of an error, with a link to the editor. */
import { signal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { editorUrl } from "../model/editor_url.ts";
import type { SourceExcerpt } from "../../ui_protocol.ts";
import { uiClient } from "../client/ui_client.ts";
import type { DisplayedRun } from "../model/displayed_run.ts";
import type { ErrorLocation } from "../model/error_location.ts";
import { session, shown } from "../model/store.ts";
import { html } from "./html_tag.ts";

/**
 * The excerpts of a run by location; null for one that cannot be read. A file may change from one
 * run to the next.
 */
const excerpts = new WeakMap<DisplayedRun, Map<string, SourceExcerpt | null>>();
/** Incremented when an excerpt has arrived. */
const arrivals = signal(0);

async function fetchExcerpt(run: DisplayedRun, { path, line }: ErrorLocation): Promise<void> {
  const known = excerpts.get(run) ?? new Map<string, SourceExcerpt | null>();
  excerpts.set(run, known);
  const key = `${path}:${line}`;
  if (known.has(key)) return;
  known.set(key, null); // requested once
  known.set(key, await uiClient.source(path, line).catch(() => null));
  arrivals.value++;
}

const LINK_TITLE = "Open in the editor; tdrun ui --editor chooses another";

/** The properties of {@linkcode SourceView}. */
export interface SourceViewProps {
  readonly at: ErrorLocation;
  /** Whether only the link is shown. */
  readonly isBrief: boolean;
}

/** The lines around a location, with a caret below its column, and a link to the editor. */
export function SourceView({ at, isBrief }: SourceViewProps) {
  const { path, line, column } = at;
  const run = shown.value;
  useEffect(() => {
    if (run !== null && !isBrief) void fetchExcerpt(run, at);
  }, [run, path, line, isBrief]);
  arrivals.value;
  const excerpt = run === null || isBrief
    ? null
    : excerpts.get(run)?.get(`${path}:${line}`) ?? null;
  const box = useRef<HTMLPreElement>(null);
  useLayoutEffect(() => {
    const caret = box.current?.querySelector("b");
    if (caret) showCaret(box.current!, caret);
  }, [excerpt]);
  const place = `${path}:${line}:${column}`;
  const { folder = "", editorUrl: url = "" } = session.value ?? {};
  const href = url && editorUrl(url, { file: `${folder}/${path}`, line, column });
  const startedAt = run?.model.view.startedAt ?? "";
  const hasChanged = excerpt !== null && (excerpt.modifiedAt ?? "") > startedAt;
  return html`<figure class="origin">
    <figcaption>${
    href === ""
      ? html`<span class="name">${place}</span>`
      : html`<a class="name" href=${href} title=${LINK_TITLE}>${place}</a>`
  }${
    hasChanged
      ? html`
        <small>changed since the run</small>
      `
      : ""
  }</figcaption>
    ${
    excerpt &&
    html`<pre class="excerpt" tabindex="0" ref=${box}>${
      excerpt.lines.map((text, i) => excerptLine(excerpt.first + i, text, at))
    }</pre>`
  }
  </figure>`;
}

/** Scrolls a long line so that the caret is visible. */
function showCaret(box: HTMLElement, caret: HTMLElement): void {
  const right = caret.offsetLeft - box.offsetLeft + caret.offsetWidth;
  if (right > box.clientWidth) box.scrollLeft = right - box.clientWidth / 2;
}

function excerptLine(number: number, text: string, { line, column }: ErrorLocation) {
  const isHere = number === line;
  // Tabs stay tabs, so that the caret is below its column.
  const before = text.slice(0, column - 1).replace(/[^\t]/g, " ");
  return html`<span key=${number} class=${isHere ? "here" : ""}><i>${number}</i>${text + "\n"}${
    isHere && column <= text.length && html`<i></i><b>${`${before}^\n`}</b>`
  }</span>`;
}
