/** Tables of text. */
import { fit } from "../text/mod.ts";

/** Formats rows as lines with columns of equal width. */
export function formatTable(rows: string[][], width: number): string {
  return rows.map((row) => row.map((cell) => fit(cell, width)).join(" | ")).join("\n");
}
