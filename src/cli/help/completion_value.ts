/** What a shell offers for the value of an option. */
import type { CompletedOption } from "./completion_command.ts";

/**
 * See the head of this file. `anything`: it takes a value of which nothing is known. `reports`: it takes
 * one of its words, which may have a file after it: `json=out.json`.
 */
export type CompletionValueKind = "none" | "anything" | "file" | "tasks" | "words" | "reports";

/** Reads it off an entry of the table. */
export function completedValue({ value, choices }: CompletedOption): CompletionValueKind {
  if (value === undefined) return "none";
  if (choices.length > 0) return value.endsWith("[=file]") ? "reports" : "words";
  if (value === "file") return "file";
  return value === "names" ? "tasks" : "anything";
}

/** The endings of files that may be modules. */
export const MODULE_ENDINGS = ["ts", "tsx", "mts", "js", "jsx", "mjs"] as const;
