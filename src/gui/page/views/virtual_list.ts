/** Long lists with few elements in the page. */
import type { VNode } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
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
}

/** Number of rows rendered beyond each edge, so that scrolling shows no gap. */
const OVERSCAN_ROWS = 8;

/** A virtual list: only visible rows are in the page, so 100,000 rows are as fast as ten. */
export function VirtualList(props: VirtualListProps) {
  const { id, label, count, rowHeight, head, columns, row, follows = false } = props;
  const box = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  const isAtEnd = useRef(true);
  const height = box.current?.clientHeight ?? 800;
  const first = Math.max(0, Math.floor(top / rowHeight) - OVERSCAN_ROWS);
  const last = Math.min(count, Math.ceil((top + height) / rowHeight) + OVERSCAN_ROWS);
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
  return html`
    <div class="grid" id=${id} role="table" aria-label=${label} aria-rowcount=${count + 1}
      ref=${box} tabindex="0" style=${style} onScroll=${onScroll}>
        ${head}
        <div role="rowgroup" style=${{ height: `${count * rowHeight}px`, position: "relative" }}>
          <div style=${{
            transform: `translateY(${first * rowHeight}px)`,
          }} role="presentation">${rows}</div>
        </div>
      </div>
  `;
}
