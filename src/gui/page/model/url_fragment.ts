/** The fragment of the page's URL: a link or a reload shows the same module, run, tab and task. */
import { effect } from "@preact/signals";
import "../views/html_tag.ts";
import { history, opened, selected, shown, type Tab, tab, TABS } from "./store.ts";

/** The part of the page that a URL shows; what is absent has its default. */
export interface PagePlace {
  readonly module?: string;
  /** The number of a run of this session. */
  readonly run?: number;
  readonly tab?: Tab;
  readonly task?: string;
}

/** Formats a fragment: `#module=build.ts&run=2&tab=log&task=compile`; empty for no place. */
export function formatFragment({ module, run, tab, task }: PagePlace): string {
  const fields = Object.entries({ module, run, tab, task })
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => [key, String(value)]);
  // Slashes and colons are legal in fragments, and paths are easier to read with them.
  const text = new URLSearchParams(fields).toString().replaceAll("%2F", "/").replaceAll("%3A", ":");
  return text === "" ? "" : `#${text}`;
}

/** Parses a fragment. Ignores what is invalid: anyone can edit a URL. */
export function parseFragment(fragment: string): PagePlace {
  const fields = new URLSearchParams(fragment.replace(/^#/, ""));
  const module = fields.get("module");
  const run = fields.get("run");
  const tab = TABS.find((it) => it === fields.get("tab"));
  const task = fields.get("task");
  return {
    ...module && { module },
    ...run && /^[1-9]\d{0,8}$/.test(run) && { run: Number(run) },
    ...tab && { tab },
    ...task && { task },
  };
}

/** The place that the page shows now. */
function currentPlace(): PagePlace {
  const info = shown.value?.info;
  const module = info?.request.module ?? opened.value?.module;
  return {
    ...module !== undefined && { module },
    ...info && history.value.some(({ id }) => id === info.id) && { run: info.id },
    ...tab.value !== "graph" && { tab: tab.value },
    ...selected.value !== null && { task: selected.value },
  };
}

/** Writes the place into the URL, now and whenever it changes. */
export function followPlace(): void {
  effect(() => {
    const { pathname, search } = location;
    const url = pathname + search + formatFragment(currentPlace());
    // Replaced, not added: the Back button leaves the page, as without a fragment.
    globalThis.history.replaceState(null, "", url);
  });
}
