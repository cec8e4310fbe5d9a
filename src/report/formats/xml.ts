/** XML 1.0 output that is well-formed for any text. */
import { plainStyle } from "../style.ts";

/** Formats an element with attributes and content. */
export function element(
  name: string,
  attributes: Readonly<Record<string, string | number>>,
  content = "",
): string {
  const start = `<${name}${attributesText(attributes)}`;
  return content === "" ? `${start}/>` : `${start}>${content}</${name}>`;
}

/** Formats a start tag. */
export function startTag(
  name: string,
  attributes: Readonly<Record<string, string | number>>,
): string {
  return `<${name}${attributesText(attributes)}>`;
}

/** Escapes text content. */
export function escapeText(text: string): string {
  return storable(text).replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

function attributesText(attributes: Readonly<Record<string, string | number>>): string {
  return Object.entries(attributes).map(([key, value]) =>
    ` ${key}="${escapeAttribute(String(value))}"`
  ).join("");
}

/**
 * Escapes an attribute. Parsers normalize line breaks and tabs to spaces unless they are character
 * references.
 */
function escapeAttribute(text: string): string {
  return escapeText(text).replaceAll('"', "&quot;")
    .replaceAll("\n", "&#10;").replaceAll("\t", "&#9;");
}

/**
 * Removes what XML cannot represent: most control characters, lone surrogates and two
 * noncharacters. Colors are removed with their escape characters.
 */
function storable(text: string): string {
  return plainStyle.sanitize(text).toWellFormed().replace(/[\ufffe\uffff]/g, "\ufffd");
}
