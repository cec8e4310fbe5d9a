/** A canvas that is as large as the place it has, and drawn again when that, the theme or its input changes. */
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import "../views/html_tag.ts";

/** What is drawn on, in pixels of the page. */
export interface CanvasSurface {
  readonly context: CanvasRenderingContext2D;
  readonly width: number;
  readonly height: number;
}

/** Draws on a canvas after each time the component is rendered. The returned one is for the element. */
export function useCanvas(draw: (surface: CanvasSurface) => void) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const latest = useRef(draw);
  latest.current = draw;
  // Before the page is shown: nobody sees an empty canvas.
  useLayoutEffect(() => {
    if (canvas.current) paint(canvas.current, latest.current);
  });
  useEffect(() => {
    const element = canvas.current!;
    const repaint = () => paint(element, latest.current);
    const observer = new ResizeObserver(repaint);
    observer.observe(element);
    const dark = matchMedia("(prefers-color-scheme: dark)");
    dark.addEventListener("change", repaint);
    return () => {
      observer.disconnect();
      dark.removeEventListener("change", repaint);
    };
  }, []);
  return canvas;
}

function paint(canvas: HTMLCanvasElement, draw: (surface: CanvasSurface) => void): void {
  const { clientWidth: width, clientHeight: height } = canvas;
  if (width === 0 || height === 0) return;
  const scale = globalThis.devicePixelRatio || 1;
  const [columns, rows] = [Math.round(width * scale), Math.round(height * scale)];
  if (canvas.width !== columns || canvas.height !== rows) {
    canvas.width = columns;
    canvas.height = rows;
  }
  const context = canvas.getContext("2d")!;
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.clearRect(0, 0, width, height);
  draw({ context, width, height });
}
