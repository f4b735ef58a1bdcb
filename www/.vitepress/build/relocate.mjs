// VitePress writes the path that the site is served under into each file. It is built with a path that stands for any: a
// page then refers to what is beside it, and a module finds out from its own URL where the site begins.
import { parseAst } from "rollup/parseAst";

/** The path that stands for any. */
export const BASE = "/__WWW_BASE__/";
const HERE = "__here";

/** `path`: of the page, from the top of the site. */
export function relocatedPage(html, path) {
  return html.replaceAll(BASE, upFrom(path));
}

/** The same for JavaScript: each text with the base in it becomes a sum of texts. */
export function relocatedModule(code, path) {
  if (!code.includes(BASE)) return code;
  const parts = [];
  let end = 0;
  for (const { start, end: next, quote } of textsOf(parseAst(code), code)) {
    parts.push(code.slice(end, start), spliced(code.slice(start, next), quote));
    end = next;
  }
  const rest = `${parts.join("")}${code.slice(end)}`;
  return `const ${HERE}=new URL("${upFrom(path)}",import.meta.url).pathname;${rest}`;
}

const upFrom = (path) => "../".repeat(path.split("/").length - 1) || "./";

function spliced(source, quote) {
  if (quote === "`") return source.replaceAll(BASE, `\${${HERE}}`);
  return `(${source.replaceAll(BASE, `${quote}+${HERE}+${quote}`)})`;
}

/** The literals with the base in them, in their order: `{ start, end, quote }`. */
function textsOf(node, code, found = []) {
  if (Array.isArray(node)) {
    for (const one of node) textsOf(one, code, found);
    return found;
  }
  if (typeof node?.type !== "string") return found;
  const isText = (node.type === "Literal" && typeof node.value === "string") || node.type === "TemplateElement";
  const { start, end } = node;
  if (isText && code.slice(start, end).includes(BASE)) {
    found.push({ start, end, quote: node.type === "Literal" ? code[start] : "`" });
  }
  for (const child of Object.values(node)) if (typeof child === "object") textsOf(child, code, found);
  return found;
}
