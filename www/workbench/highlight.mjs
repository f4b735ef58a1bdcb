// Colours for the code that the page writes: enough of each language for what stands in it.

const WORDS =
  "import|export|from|const|let|async|await|return|default|type|interface|function|new|satisfies|use|fn|loop|match|break|while|None|Some|Ok|Err|mut|else|as|for|in|impl|pub";
const RULES = {
  ts:
    `(?<comment>//[^\\n]*)|(?<text>"(?:\\\\.|[^"\\\\\\n])*"|\`[^\`]*\`)|(?<word>\\b(?:${WORDS})\\b)|(?<value>\\b(?:true|false|null|\\d+)\\b)`,
  rust: `(?<comment>//[^\\n]*)|(?<text>"(?:\\\\.|[^"\\\\])*")|(?<word>\\b(?:${WORDS})\\b)|(?<value>\\b\\d+\\b)`,
  json:
    '(?<name>"(?:\\\\.|[^"\\\\])*"(?=\\s*:))|(?<text>"(?:\\\\.|[^"\\\\])*")|(?<value>\\b(?:true|false|null|-?\\d[\\d.]*)\\b)',
  sh:
    "(?<value>\\$\\{?BEARERKIT_\\w+\\}?|\\$\\w+)|(?<word>^(?:curl|npm|npx|deno|bun|node|vercel|cargo|EOF)\\b)|(?<name>(?<=\\s)--?[A-Za-z][\\w-]*)|(?<text>'[^']*')",
  http: "(?<value>\\$\\{?BEARERKIT_\\w+\\}?)|(?<word>^(?:POST|GET|HTTP)\\b)|(?<name>^[\\w-]+(?=: ))|(?<mark>&)",
  ini: "(?<name>^[A-Z_0-9]+(?==))",
};
RULES.js = RULES.ts;

/** `[{ text, kind? }]`. */
export function coloured(code, language) {
  const rule = RULES[language];
  if (!rule) return [{ text: code }];
  const pieces = [];
  let end = 0;
  for (const match of code.matchAll(new RegExp(rule, "gm"))) {
    if (match.index > end) pieces.push({ text: code.slice(end, match.index) });
    const [kind] = Object.entries(match.groups).find(([, found]) => found !== undefined);
    pieces.push({ text: match[0], kind });
    end = match.index + match[0].length;
  }
  if (end < code.length) pieces.push({ text: code.slice(end) });
  return pieces;
}
