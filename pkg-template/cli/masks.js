// Requests are shown with marks in the place of what is secret, so that no secret can be in what is shown. A mark has letters and
// digits only: percent-encoding, form-encoding and JSON leave it as it is, and base64 is undone to find it.

/** What stands for one value: the mark that goes into the request, the shell variable that is shown for it. */
export class Masks {
  #prefix = "bearerkitmask";
  #shown = [];
  #awkward = new Set();

  /** `beside`: all that the requests are made of otherwise; no mark occurs in it. */
  constructor(beside) {
    const text = JSON.stringify(beside).toLowerCase();
    while (text.includes(this.#prefix)) this.#prefix += "x";
  }

  /** A new mark; `variable`: what a shell calls the value. `value`: what it is, where it is known. */
  mark(variable, value = "") {
    this.#shown.push(variable);
    // What URLs, forms and JSON leave as it is.
    if (!/^[\w.~-]*$/.test(value)) this.#awkward.add(variable);
    return `${this.#prefix}${String(this.#shown.length - 1).padStart(3, "0")}z`;
  }

  /** The pieces of a text: strings, and `{ variable }` where a mark stood. A mark that had to be a URL is found as one. */
  pieces(text) {
    const pieces = [];
    let end = 0;
    for (const match of text.matchAll(new RegExp(`(?:https://)?${this.#prefix}(\\d{3})z(?:\\.invalid)?`, "g"))) {
      // Only a mark that was made a URL lost its own `https://`.
      const isUrl = match[0].endsWith(".invalid");
      const start = match[0].startsWith("https://") && !isUrl ? match.index + "https://".length : match.index;
      if (start > end) pieces.push(text.slice(end, start));
      pieces.push({ variable: this.#shown[Number(match[1])] });
      end = match.index + match[0].length;
    }
    if (end < text.length) pieces.push(text.slice(end));
    return pieces;
  }

  /** Whether a value in the text is written otherwise in a URL, in JSON or in a form. */
  isAwkward(text) {
    return this.pieces(text).some(({ variable }) => this.#awkward.has(variable));
  }

  has(text) {
    return text.includes(this.#prefix);
  }
}

/** The mark of a value that is a whole URL. */
export const asUrl = (mark) => `https://${mark}.invalid`;

/** Pieces as a text: `$BEARERKIT_CLIENT_ID`. */
export const shown = (pieces) =>
  pieces.map((piece) => typeof piece === "string" ? piece : `$${piece.variable}`).join("");
