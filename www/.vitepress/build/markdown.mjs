// Markdown as the site wants it: code and tables without inline styles, which the policy of the pages refuses (every colour
// is a class of the theme).
import { createCssVariablesTheme } from "shiki";

const theme = createCssVariablesTheme({ name: "bearerkit", variablePrefix: "--code-", fontStyle: false });

/** `color:var(--code-token-string)` is the class `code-string`. */
const asClasses = {
  name: "bearerkit:classes",
  preprocess(_code, options) {
    // By default a line that takes half a second is left as it is: on a busy machine that is any line.
    options.tokenizeTimeLimit = 0;
  },
  pre: withoutStyle,
  span: withoutStyle,
};

function withoutStyle(node) {
  const name = /var\(--code-(?:token-)?([a-z-]+)\)/.exec(node.properties.style ?? "")?.[1];
  delete node.properties.style;
  // What has no colour of its own has that of the block.
  if (node.tagName === "span" && name && name !== "foreground") this.addClassToHast(node, `code-${name}`);
}

/** A column's alignment, which markdown-it writes as a style. */
function alignByClass(md) {
  md.core.ruler.push("align_by_class", ({ tokens }) => {
    for (const token of tokens) {
      const style = token.attrGet("style");
      const align = /^text-align:(\w+)$/.exec(style ?? "")?.[1];
      if (!align) continue;
      token.attrs = token.attrs.filter(([name]) => name !== "style");
      token.attrJoin("class", `align-${align}`);
    }
  });
}

/** The head of a column that has none is a cell like others: a screen reader would announce an empty heading. */
function emptyHeads(md) {
  md.core.ruler.push("empty_heads", ({ tokens }) => {
    for (const [index, token] of tokens.entries()) {
      if (token.type !== "th_open" || tokens[index + 1].content.trim() !== "") continue;
      token.tag = "td";
      tokens[index + 2].tag = "td";
    }
  });
}

export const markdown = {
  theme,
  codeTransformers: [asClasses],
  config(md) {
    alignByClass(md);
    emptyHeads(md);
  },
};
