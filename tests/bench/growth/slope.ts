/** Linear regression. */

/** The slope of y by x, by least squares. */
export function slope(points: readonly (readonly [x: number, y: number])[]): number {
  const mean = (of: (point: readonly [number, number]) => number) =>
    points.reduce((sum, point) => sum + of(point), 0) / points.length;
  const [meanX, meanY] = [mean(([x]) => x), mean(([, y]) => y)];
  const together = mean(([x, y]) => (x - meanX) * (y - meanY));
  return together / mean(([x]) => (x - meanX) ** 2);
}

/** The exponent of growth: 1 is linear, 2 is quadratic. */
export function exponent(points: readonly (readonly [x: number, y: number])[]): number {
  return slope(points.map(([x, y]) => [Math.log(x), Math.log(y)]));
}
