/** The document that the server sends as the web UI. */
import { cspHash } from "../runtime/csp_hash.ts";
import colorStyle from "../layout/colors.css" with { type: "text" };
import layoutStyle from "./page/layout.css" with { type: "text" };
import partsStyle from "./page/parts.css" with { type: "text" };
import script from "./page_bundle.js" with { type: "text" };

const STYLE = colorStyle + layoutStyle + partsStyle;
/** Escaped, so that no string in the script closes the script element. */
const SCRIPT = script.replaceAll("</script", "<\\/script");

/**
 * The headers of every response. The content security policy allows the style and the script of
 * {@linkcode PAGE} by their hashes, and connections to the own server: output of tasks stays text.
 */
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

/** The HTML document of the web UI: script and style are inline, and nothing else is loaded. */
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
<div id="app"><noscript>The web UI requires JavaScript.</noscript></div>
<script type="module">${SCRIPT}</script>
</body>
</html>
`;
