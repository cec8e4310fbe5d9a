/** Tooltip beside the pointer. Everything that it shows is also in a table. */
import { useLayoutEffect, useRef } from "preact/hooks";
import { html } from "./html_tag.ts";

/** The content of a tooltip, and the position of the pointer in its surroundings. */
export interface TooltipProps {
  readonly x: number;
  readonly y: number;
  readonly title: string;
  readonly lines: readonly string[];
}

/** Distance from the pointer, and from the edges, in pixels. */
const GAP = 14;
const EDGE = 4;

/** A tooltip that stays within its offset parent. */
export function Tooltip({ x, y, title, lines }: TooltipProps) {
  const box = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const { offsetWidth, offsetHeight, offsetParent, style } = box.current!;
    const { clientWidth, clientHeight } = offsetParent!;
    const isBelow = y + GAP + offsetHeight <= clientHeight;
    const left = Math.min(x + GAP, clientWidth - offsetWidth - EDGE);
    const top = isBelow ? y + GAP : y - GAP - offsetHeight;
    style.transform = `translate(${Math.max(EDGE, left)}px, ${Math.max(EDGE, top)}px)`;
  });
  return html`
    <div class="tooltip" ref=${box}
      aria-hidden="true"><b class="name">${title}</b>${lines.filter((it) => it !== "").map((it) =>
        html`<span key=${it}>${it}</span>`
      )}</div>
  `;
}
