/** Long lists with few elements in the page. */
import type { VNode } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { html } from "./html_tag.ts";

/** Properties of {@linkcode VirtualList}. */
export interface VirtualListProps {
  readonly id: string;
  readonly label: string;
  readonly count: number;
  /** Height of each row, in pixels. */
  readonly rowHeight: number;
  /** The head of the table; stays in place. */
  readonly head: VNode;
  /** The widths of the columns: a value for `grid-template-columns`. */
  readonly columns: string;
  /** Renders a row; its `aria-rowindex` is `index + 2`, after the head. */
  readonly row: (index: number) => VNode;
  /** Whether the list stays scrolled to its end when rows are added. */
  readonly follows?: boolean;
  /** The row that is higher than the others, with the class `unfolded`; -1 for none. */
  readonly unfolded?: number;
}

/** Number of rows rendered beyond each edge, so that scrolling shows no gap. */
const OVERSCAN_ROWS = 8;

/** A virtual list: only visible rows are in the page, so 100,000 rows are as fast as ten. */
export function VirtualList(props: VirtualListProps) {
  const { id, label, count, rowHeight, head, columns, row, follows = false, unfolded = -1 } = props;
  const box = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  const extra = useExtraHeight(box, unfolded, rowHeight);
  const isAtEnd = useRef(true);
  const height = box.current?.clientHeight ?? 800;
  /** The row at a position; the unfolded row covers the positions of several rows. */
  const rowAt = (position: number) => {
    const end = (unfolded + 1) * rowHeight;
    const beyond = unfolded < 0 ? 0 : Math.min(extra, Math.max(0, position - end));
    return (position - beyond) / rowHeight;
  };
  const first = Math.max(0, Math.floor(rowAt(top)) - OVERSCAN_ROWS);
  const last = Math.min(count, Math.ceil(rowAt(top + height)) + OVERSCAN_ROWS);
  useEffect(() => {
    const element = box.current!;
    if (follows && isAtEnd.current) element.scrollTop = element.scrollHeight;
    else if (element.scrollTop !== top) setTop(element.scrollTop); // the list has become shorter
  }, [count]);
  const rows = [];
  for (let index = first; index < last; index++) rows.push(row(index));
  const onScroll = () => {
    if (box.current === null) return; // a scroll event may arrive after the list is removed
    const { scrollTop, scrollHeight, clientHeight } = box.current;
    isAtEnd.current = scrollTop + clientHeight >= scrollHeight - rowHeight;
    setTop(scrollTop);
  };
  const style = { "--columns": columns, "--row": `${rowHeight}px` };
  const offset = first * rowHeight + (unfolded >= 0 && first > unfolded ? extra : 0);
  const total = count * rowHeight + (unfolded >= 0 ? extra : 0);
  return html`
    <div class="grid" id=${id} role="table" aria-label=${label} aria-rowcount=${count + 1}
      ref=${box} tabindex="0" style=${style} onScroll=${onScroll}>
        ${head}
        <div role="rowgroup" style=${{ height: `${total}px`, position: "relative" }}>
          <div style=${{ transform: `translateY(${offset}px)` }} role="presentation">${rows}</div>
        </div>
      </div>
  `;
}

/** The height of the unfolded row beyond that of others; the last one while it is out of sight. */
function useExtraHeight(
  box: { readonly current: HTMLDivElement | null },
  unfolded: number,
  rowHeight: number,
): number {
  const [extra, setExtra] = useState(0);
  useLayoutEffect(() => {
    const height = box.current?.querySelector<HTMLElement>(".unfolded")?.offsetHeight;
    if (unfolded < 0) setExtra(0);
    else if (height !== undefined) setExtra(Math.max(0, height - rowHeight));
  });
  return extra;
}
