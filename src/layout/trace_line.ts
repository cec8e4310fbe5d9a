/** Drawing of the lines of a layout, on a canvas or as SVG path data. */
import type { Point } from "./layered_layout.ts";

/** A path under construction, as canvases have it. */
export interface PathBuilder {
  moveTo(x: number, y: number): void;
  lineTo(x: number, y: number): void;
  bezierCurveTo(x1: number, y1: number, x2: number, y2: number, x: number, y: number): void;
}

/**
 * Adds a line to a path. Points at one place across the layers are joined by a straight line,
 * others by a curve that leaves and arrives along the layers: two such curves cross at most once.
 */
export function traceLine(path: PathBuilder, points: readonly Point[], isVertical: boolean): void {
  for (const [i, to] of points.entries()) {
    const from = points[i - 1];
    if (from === undefined) path.moveTo(to.x, to.y);
    else if (isVertical ? from.x === to.x : from.y === to.y) path.lineTo(to.x, to.y);
    else if (isVertical) {
      const middle = (from.y + to.y) / 2;
      path.bezierCurveTo(from.x, middle, to.x, middle, to.x, to.y);
    } else {
      const middle = (from.x + to.x) / 2;
      path.bezierCurveTo(middle, from.y, middle, to.y, to.x, to.y);
    }
  }
}

/** Formats a line as the `d` of an SVG path. */
export function linePathData(points: readonly Point[], isVertical: boolean): string {
  const parts: string[] = [];
  traceLine(
    {
      moveTo: (x, y) => parts.push(`M${x} ${y}`),
      lineTo: (x, y) => parts.push(`L${x} ${y}`),
      bezierCurveTo: (x1, y1, x2, y2, x, y) => parts.push(`C${x1} ${y1} ${x2} ${y2} ${x} ${y}`),
    },
    points,
    isVertical,
  );
  return parts.join("");
}
