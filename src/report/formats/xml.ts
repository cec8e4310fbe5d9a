/** XML 1.0 as text. Whatever a task printed, what comes out is well formed. */
import { plainStyle } from "../style.ts";

/** An element with its attributes, and between its tags what is given. */
export function element(
  name: string,
  attributes: Readonly<Record<string, string | number>>,
  content = "",
): string {
  const start = `<${name}${attributesText(attributes)}`;
  return content === "" ? `${start}/>` : `${start}>${content}</${name}>`;
}

/** The tag that opens an element. */
export function startTag(
  name: string,
  attributes: Readonly<Record<string, string | number>>,
): string {
  return `<${name}${attributesText(attributes)}>`;
}

/** Text between tags. */
export function escapeText(text: string): string {
  return storable(text).replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

function attributesText(attributes: Readonly<Record<string, string | number>>): string {
  return Object.entries(attributes).map(([key, value]) =>
    ` ${key}="${escapeAttribute(String(value))}"`
  ).join("");
}

/** A parser takes line breaks and tabs of an attribute for blanks, unless they are references. */
function escapeAttribute(text: string): string {
  return escapeText(text).replaceAll('"', "&quot;")
    .replaceAll("\n", "&#10;").replaceAll("\t", "&#9;");
}

/**
 * XML has no way to write most control characters, halves of surrogate pairs, and two more. Colours go
 * with the escape characters that begin them.
 */
function storable(text: string): string {
  return plainStyle.sanitize(text).toWellFormed().replace(/[\ufffe\uffff]/g, "\ufffd");
}
