/** Canvas that follows its size and the theme. */
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import "../views/html_tag.ts";

/** A canvas to draw on, in CSS pixels. */
export interface CanvasSurface {
  readonly context: CanvasRenderingContext2D;
  readonly width: number;
  readonly height: number;
}

/** Draws on a canvas after each render, and on changes of size or theme. Returns its `ref`. */
export function useCanvas(draw: (surface: CanvasSurface) => void) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const latest = useRef(draw);
  latest.current = draw;
  // A layout effect runs before the browser paints, so that no empty canvas is visible.
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
