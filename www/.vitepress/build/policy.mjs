// The Content-Security-Policy of a page: everything comes from the site's own origin, and the only inline scripts are the
// two that VitePress puts into each head (they set the theme before the first paint).
import { createHash } from "node:crypto";

const META = '<meta charset="utf-8">';

/** The page with its policy, which has to stand before all that it is about. */
export function withPolicy(html) {
  if (!html.includes(META)) throw new Error(`a page has no ${META}`);
  return html.replace(META, `${META}\n    <meta http-equiv="Content-Security-Policy" content="${policyOf(html)}">`);
}

function policyOf(html) {
  const scripts = hashes(html, /<script(?![^>]*\ssrc=)[^>]*>([^]*?)<\/script>/g);
  const styles = hashes(html, /<style[^>]*>([^]*?)<\/style>/g);
  return [
    "default-src 'self'",
    // The core is WebAssembly; nothing else may make code out of data.
    ["script-src 'self' 'wasm-unsafe-eval'", ...scripts].join(" "),
    ["style-src 'self'", ...styles].join(" "),
    // The icons of the theme are data in its style sheet.
    "img-src 'self' data:",
    "connect-src 'self'",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
}

function hashes(html, pattern) {
  const texts = [...new Set([...html.matchAll(pattern)].map(([, text]) => text))];
  return texts.map((text) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`);
}
