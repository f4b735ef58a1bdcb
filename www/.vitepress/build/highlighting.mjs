// Code and tables without inline styles, which the policy of the pages refuses: every colour is a class of the theme.
import { createCssVariablesTheme } from "shiki";

const theme = createCssVariablesTheme({ name: "bearerkit", variablePrefix: "--code-", fontStyle: false });

/** `color:var(--code-token-string)` is the class `code-string`. */
const asClasses = {
  name: "bearerkit:classes",
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

export const highlighting = {
  theme,
  codeTransformers: [asClasses],
  config: alignByClass,
};
