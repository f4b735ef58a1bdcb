import { within } from "./places.js";

/** As deep as the core reads. */
const MAX_DEPTH = 64;
/** More than this nobody wants to read. */
const MAX_PROBLEMS = 20;

/**
 * Reads a JSON text, and reads on behind what people write that is none: comments, a comma too many, the wrong quotes.
 *
 * `{ value, problems, places }`: what is wrong, `{ path, reason, remedy, line, column }`, and where each member stands, by its
 * path. Without a `value` the text came to no end.
 */
export function readJson(text, root) {
  const reader = new Reader(text, root);
  try {
    const value = reader.value(root, 0);
    reader.space();
    if (reader.at < text.length) reader.problem("something follows the end of the profile", "remove it");
    return { value, problems: reader.problems, places: reader.places };
  } catch (thrown) {
    if (thrown !== reader.stop) throw thrown;
    return { value: undefined, problems: reader.problems, places: reader.places };
  }
}

class Reader {
  constructor(text, root) {
    this.text = text;
    this.path = root;
    this.at = text.startsWith("\uFEFF") ? 1 : 0;
    this.problems = [];
    this.places = new Map();
    this.stop = new Error("no JSON");
    this.lines = [0];
    for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) this.lines.push(at + 1);
  }

  /** Lines and columns count from 1. */
  place(at) {
    let line = this.lines.length;
    while (this.lines[line - 1] > at) line -= 1;
    return { line, column: at - this.lines[line - 1] + 1 };
  }

  problem(reason, remedy, at = this.at) {
    if (this.problems.length >= MAX_PROBLEMS) throw this.stop;
    this.problems.push({ path: this.path, reason, remedy, ...this.place(Math.min(at, this.text.length)) });
  }

  end(reason, remedy, at) {
    this.problem(reason, remedy, at);
    throw this.stop;
  }

  next(pattern) {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0];
    if (found) this.at += found.length;
    return found;
  }

  space() {
    while (this.next(/[ \t\r\n]+/y) || this.foreign());
  }

  /** What stands between the members of other formats. */
  foreign() {
    const at = this.at;
    if (this.next(/\/\/[^\n]*|#[^\n]*|\/\*[^]*?\*\//y)) {
      this.problem("there is a comment, and JSON has none", "remove it", at);
    } else if (this.next(/[^\S \t\r\n]+/y)) {
      this.problem("there is a character that only looks like a space", "type a space there", at);
    } else return false;
    return true;
  }

  value(path, depth) {
    this.space();
    this.path = path;
    if (depth > MAX_DEPTH) this.end("is nested too deeply", `a profile may nest ${MAX_DEPTH} levels`);
    const first = this.text[this.at];
    if (first === "{") return this.object(path, depth);
    if (first === "[") return this.array(path, depth);
    if (this.isQuote(first)) return this.string();
    if (first === undefined) this.end("the text ends before the value", "is the file complete?");
    return this.word();
  }

  object(path, depth) {
    const start = this.place(this.at);
    const members = {};
    this.at += 1;
    for (let comma = -1;;) {
      this.space();
      this.path = path;
      if (this.text[this.at] === "}") {
        if (comma >= 0) this.problem("there is a comma before the }", "remove the comma", comma);
        this.at += 1;
        return members;
      }
      this.atEnd("{", "}", start);
      const at = this.at;
      const name = this.name();
      const own = within(path, name);
      if (Object.hasOwn(members, name)) {
        this.path = own;
        this.problem("is written twice, and only the last one counts", "keep one of them", at);
      }
      this.places.set(own, this.place(at));
      this.space();
      if (!this.next(/:/y)) {
        if (!this.next(/=>?/y)) {
          this.end("there is no colon behind the name", `write ${JSON.stringify(name)}: and its value`);
        }
        this.problem("there is a = where a colon belongs", "write a colon", this.at - 1);
      }
      // Not `__proto__ = `: that would be no member.
      const value = this.value(own, depth + 1);
      Object.defineProperty(members, name, { value, enumerable: true, configurable: true, writable: true });
      comma = this.comma(path, "}", /["'A-Za-z_]/);
    }
  }

  array(path, depth) {
    const start = this.place(this.at);
    const items = [];
    this.at += 1;
    for (let comma = -1;;) {
      this.space();
      this.path = path;
      if (this.text[this.at] === "]") {
        if (comma >= 0) this.problem("there is a comma before the ]", "remove the comma", comma);
        this.at += 1;
        return items;
      }
      this.atEnd("[", "]", start);
      const own = `${path}[${items.length}]`;
      this.places.set(own, this.place(this.at));
      items.push(this.value(own, depth + 1));
      comma = this.comma(path, "]", /["'\w[{]/);
    }
  }

  atEnd(open, close, start) {
    if (this.at < this.text.length) return;
    this.end(
      `the text ends, and the ${open} of line ${start.line} is still open`,
      `write the ${close} that is missing`,
    );
  }

  /** The comma behind a member: where it stands, or -1. `begins`: what the next member may begin with. */
  comma(path, close, begins) {
    const behind = this.at;
    this.space();
    this.path = path;
    const at = this.at;
    if (this.next(/,/y)) return at;
    const next = this.text[this.at];
    if (next === close || next === undefined) return -1;
    if (begins.test(next)) {
      this.problem("a comma is missing here", "write a comma", behind);
      return -1;
    }
    this.end(
      `there is ${JSON.stringify(next)} where a comma or a ${close} belongs`,
      "check the brackets and quotes before it",
    );
  }

  name() {
    if (this.isQuote(this.text[this.at])) return this.string();
    const at = this.at;
    const name = this.next(/[\w$.-]+/y);
    if (!name) this.end("a member's name in quotes belongs here", "check the brackets, commas and quotes before it");
    this.problem("the name has no quotes", `write ${JSON.stringify(name)}`, at);
    return name;
  }

  isQuote(character) {
    return character !== undefined && `"'\`\u201C\u201D\u201E\u2018\u2019`.includes(character);
  }

  string() {
    const start = this.at;
    const open = this.text[start];
    const close = { "\u201C": "\u201D", "\u201E": "\u201D", "\u2018": "\u2019" }[open] ?? open;
    if (open !== '"') this.problem("this is not a JSON quote", 'write " there, and at the end of the text', start);
    this.at += 1;
    let text = "";
    for (;;) {
      const at = this.at;
      const character = this.text[this.at];
      if (character === undefined || character === "\n") {
        this.end(
          "a quote is opened, and not closed in its line",
          'write the " that is missing (a line break is \\n)',
          start,
        );
      }
      this.at += 1;
      // “Quotes of a word processor” are closed by whichever comes.
      if (character === close || (open !== '"' && close !== "'" && character === '"')) return text;
      if (character === "\\") text += this.escape(at);
      else if (character < " ") this.problem("there is a control character in a text", "write \\t for a tab", at);
      else text += character;
    }
  }

  escape(at) {
    const found = this.next(/["\\/bfnrt]|u[0-9A-Fa-f]{4}/y);
    if (found) return JSON.parse(`"\\${found}"`);
    this.problem("JSON has no such escape", "a backslash itself is written \\\\", at);
    return this.text[this.at++] ?? "";
  }

  word() {
    const at = this.at;
    const word = this.next(/[^\s,:{}[\]"'/#]+/y);
    if (!word) this.end("a value belongs here", "write it, or remove the name");
    if (/^(true|false|null|-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?)$/.test(word)) return JSON.parse(word);
    const meant = { true: true, false: false, null: null, none: null, undefined: null }[word.toLowerCase()];
    if (meant !== undefined) {
      this.problem("this is not a JSON word", `write ${meant}`, at);
      return meant;
    }
    if (/^[+.\d]/.test(word) && Number.isFinite(Number(word))) {
      this.problem("JSON does not write a number this way", `write ${Number(word)}`, at);
      return Number(word);
    }
    this.problem("a text without quotes", "put it in quotes", at);
    return word;
  }
}
