/**
 * Charts as SVG: two logarithmic axes, and a line for each series with its name at its end. Charts
 * have a background, since their colors follow the system, and the colors of a page need not.
 */

/** The values of one line. */
export interface Series {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

/** The content of a chart. */
export interface Chart {
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  /** The ticks of the x axis. */
  readonly xMarks: readonly number[];
  readonly series: readonly Series[];
}

const WIDTH = 760;
const HEIGHT = 440;
const PLOT = { left: 64, right: 540, top: 44, bottom: 390 } as const;
const LABEL_GAP = 15;

/** Colors that color-blind readers can distinguish, on light and on dark pages. */
const COLORS = [
  "#0072b2",
  "#d55e00",
  "#009e73",
  "#cc79a7",
  "#b8860b",
  "#56a0d3",
  "#8a6fd1",
  "#888",
];

const STYLE = `
    text { font: 12px system-ui, sans-serif; fill: #333 }
    .title { font-size: 15px; font-weight: 600 }
    .grid { stroke: #0002 }
    .ground { fill: #fff; stroke: #0002 }
    @media (prefers-color-scheme: dark) {
      text { fill: #ddd }
      .grid { stroke: #fff3 }
      .ground { fill: #16181d; stroke: #fff3 }
    }
  `;

/** Draws a chart. */
export function drawChart({ title, xLabel, yLabel, xMarks, series }: Chart): string {
  const ys = series.flatMap(({ points }) => points.map(([, y]) => y));
  const yMarks = powersOfTen(Math.min(...ys), Math.max(...ys));
  const x = scale(xMarks, PLOT.left, PLOT.right);
  const y = scale(yMarks, PLOT.bottom, PLOT.top);
  const label = (text: string, at: string) => `<text ${at}>${escaped(text)}</text>`;
  const parts = [
    `<rect class="ground" x="0.5" y="0.5" width="${WIDTH - 1}" height="${HEIGHT - 1}" rx="8"/>`,
    label(title, `class="title" x="${PLOT.left}" y="22"`),
    ...xMarks.flatMap((mark) => [
      line(x(mark), PLOT.top, x(mark), PLOT.bottom),
      label(
        mark.toLocaleString("en"),
        `x="${x(mark)}" y="${PLOT.bottom + 18}" text-anchor="middle"`,
      ),
    ]),
    ...yMarks.flatMap((mark) => [
      line(PLOT.left, y(mark), PLOT.right, y(mark)),
      label(`${mark}`, `x="${PLOT.left - 8}" y="${y(mark) + 4}" text-anchor="end"`),
    ]),
    label(
      xLabel,
      `x="${(PLOT.left + PLOT.right) / 2}" y="${PLOT.bottom + 38}" text-anchor="middle"`,
    ),
    label(yLabel, `x="${PLOT.left}" y="38"`),
    ...lines(series, x, y),
  ];
  const box = `viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}"`;
  return `<svg xmlns="http://www.w3.org/2000/svg" ${box} role="img" aria-label="${escaped(title)}">
  <style>${STYLE}</style>
  ${parts.join("\n  ")}
</svg>
`;
}

type Scale = (value: number) => number;

function lines(series: readonly Series[], x: Scale, y: Scale): string[] {
  const ends = series.map(({ points }, i) => ({ i, y: y(points.at(-1)![1]) }));
  const labelAt = apart(ends);
  return series.flatMap(({ name, points }, i) => {
    const color = COLORS[i % COLORS.length];
    const path = points.map(([px, py]) => `${round(x(px))},${round(y(py))}`).join(" ");
    const [endX, endY] = points.at(-1)!;
    const at = labelAt.get(i)!;
    const leader = `${round(x(endX))},${round(y(endY))} ${PLOT.right + 14},${round(at)}`;
    return [
      `<polyline points="${path}" fill="none" stroke="${color}" stroke-width="2"/>`,
      ...points.map(([px, py]) =>
        `<circle cx="${round(x(px))}" cy="${round(y(py))}" r="3" fill="${color}"/>`
      ),
      `<polyline points="${leader}" fill="none" stroke="${color}" stroke-width="0.7"/>`,
      `<text x="${PLOT.right + 18}" y="${round(at + 4)}">${escaped(name)}</text>`,
    ];
  });
}

/** Places names at the ends of lines, without overlaps. */
function apart(ends: readonly { i: number; y: number }[]): Map<number, number> {
  const sorted = ends.toSorted((a, b) => b.y - a.y);
  const places = new Map<number, number>();
  let free = PLOT.bottom + LABEL_GAP;
  for (const { i, y } of sorted) {
    free = Math.min(y, free - LABEL_GAP);
    places.set(i, free);
  }
  return places;
}

function scale(marks: readonly number[], from: number, to: number): Scale {
  const [low, high] = [Math.log(marks[0]!), Math.log(marks.at(-1)!)];
  return (value) => round(from + (Math.log(value) - low) / (high - low) * (to - from));
}

function powersOfTen(low: number, high: number): number[] {
  const first = Math.floor(Math.log10(low));
  const last = Math.max(first + 1, Math.ceil(Math.log10(high)));
  return Array.from({ length: last - first + 1 }, (_, i) => Number(`1e${first + i}`));
}

function line(x1: number, y1: number, x2: number, y2: number): string {
  return `<line class="grid" x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}"/>`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
