/**
 * The page as it is sent: one document that needs nothing else. Its policy lets in the style and the
 * script below by their hashes, and connections to its own server; whatever a task prints stays text.
 */
import { cspHash } from "../runtime/csp_hash.ts";
import layoutStyle from "./page/layout.css" with { type: "text" };
import partsStyle from "./page/parts.css" with { type: "text" };
import script from "./page_bundle.js" with { type: "text" };

const STYLE = layoutStyle + partsStyle;
/** The script cannot be left by what stands in a text of it. */
const SCRIPT = script.replaceAll("</script", "<\\/script");

/** The headers of every answer. */
export const HEADERS: Readonly<Record<string, string>> = {
  "content-security-policy": [
    "default-src 'none'",
    `style-src ${cspHash(STYLE)}`,
    `script-src ${cspHash(SCRIPT)}`,
    "connect-src 'self'",
    "img-src data:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; "),
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "cache-control": "no-store",
};

/** See the head of this file. */
export const PAGE = `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>tdrun</title>
<style>${STYLE}</style>
</head>
<body>
<div id="app"><noscript>This page needs its script.</noscript></div>
<script type="module">${SCRIPT}</script>
</body>
</html>
`;
