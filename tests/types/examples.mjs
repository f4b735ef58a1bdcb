/** The fenced code in a .d.ts file's comments, each as a module that is named after the line it stands at. */
export function extractExamples(name, text) {
  const examples = [];
  let lines;
  for (const [index, line] of text.split("\n").entries()) {
    const content = line.replace(/^\s*\* ?/, "");
    if (lines && content.startsWith("```")) {
      examples.push({
        name: `${name.replace(".d.ts", "")}-line-${lines.start}.ts`,
        source: `${lines.join("\n")}\nexport {};\n`,
      });
      lines = undefined;
    } else if (lines) {
      lines.push(content);
    } else if (/^```(ts|js)$/.test(content)) {
      lines = Object.assign([], { start: index + 1 });
    }
  }
  if (lines) throw new Error(`${name}:${lines.start}: the example has no end`);
  if (examples.length === 0 && !/providers/.test(name)) throw new Error(`${name}: no examples found`);
  return examples;
}
