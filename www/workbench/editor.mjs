// The editor: CodeMirror with what a JSON text of a few lines needs, and no more.
import {
  autocompletion,
  closeBrackets,
  closeBracketsKeymap,
  completionKeymap,
  startCompletion,
} from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, undo } from "@codemirror/commands";
import { json } from "@codemirror/lang-json";
import {
  bracketMatching,
  HighlightStyle,
  indentOnInput,
  indentUnit,
  syntaxHighlighting,
  syntaxTree,
} from "@codemirror/language";
import { lintGutter, nextDiagnostic, setDiagnostics } from "@codemirror/lint";
import { EditorState } from "@codemirror/state";
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  keymap,
  lineNumbers,
} from "@codemirror/view";
import { tags } from "@lezer/highlight";
import schemaJson from "../../providers/schema.json";
import { completer } from "./completion.mjs";
import { Schema } from "./schema.mjs";

const colours = HighlightStyle.define([
  { tag: tags.propertyName, class: "tok-name" },
  { tag: tags.string, class: "tok-text" },
  { tag: [tags.number, tags.bool, tags.null], class: "tok-value" },
  { tag: [tags.punctuation, tags.separator], class: "tok-mark" },
]);

/**
 * @param host `{ parent, text, label, description, maxLength, onChange, onRefused }`: `description` is the id of what tells how the
 * keyboard leaves it; `onRefused(length)` is told of a text that is too long to be a profile.
 */
export function createEditor({ parent, text, label, description, maxLength, onChange, onRefused }) {
  const view = new EditorView({
    parent,
    state: EditorState.create({
      doc: text,
      extensions: [
        lineNumbers(),
        highlightActiveLine(),
        highlightActiveLineGutter(),
        history(),
        drawSelection(),
        json(),
        syntaxHighlighting(colours),
        indentUnit.of("  "),
        indentOnInput(),
        bracketMatching({ maxScanDistance: 4000 }),
        closeBrackets(),
        autocompletion({ override: [completer(new Schema(schemaJson))], icons: false }),
        lintGutter(),
        EditorView.lineWrapping,
        // Tab is not bound: it leaves the editor, as it leaves any field.
        keymap.of([
          { key: "F8", run: nextDiagnostic },
          ...closeBracketsKeymap,
          ...completionKeymap,
          ...defaultKeymap,
          ...historyKeymap,
        ]),
        EditorView.contentAttributes.of({ "aria-label": label, "aria-describedby": description, spellcheck: "false" }),
        EditorView.domEventHandlers({
          "profile-complete": (_, target) => (setTimeout(() => startCompletion(target)), true),
        }),
        EditorState.transactionFilter.of((transaction) => {
          if (!transaction.docChanged || transaction.newDoc.length <= maxLength) return transaction;
          onRefused(transaction.newDoc.length);
          return [];
        }),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) onChange(update.state.doc.toString());
        }),
      ],
    }),
  });
  return {
    /** Puts a text in the place of the one that is there; undo brings that back. */
    replace(text) {
      view.dispatch({ changes: difference(view.state.doc.toString(), text), userEvent: "input.replace" });
    },
    undo: () => undo(view),
    goTo({ line, column = 1 }) {
      const at = offsetOf(view.state.doc, line, column);
      view.dispatch({ selection: { anchor: at }, effects: EditorView.scrollIntoView(at, { y: "center" }) });
      view.focus();
    },
    /** `problems`: with `severity` and `mends`, `[{ label, apply }]`. */
    mark(problems) {
      view.dispatch(setDiagnostics(view.state, problems.map((problem) => diagnosticOf(view.state, problem))));
    },
    destroy: () => view.destroy(),
  };
}

function diagnosticOf(state, { line = 1, column = 1, severity, reason, remedy, mends }) {
  const from = offsetOf(state.doc, line, column);
  const node = syntaxTree(state).resolveInner(from, 1);
  const isWord = /^(PropertyName|String|Number|True|False|Null)$/.test(node.name);
  const to = isWord ? Math.min(node.to, state.doc.length) : Math.min(from + 1, state.doc.length);
  const actions = mends.map(({ label, run }) => ({ name: label, apply: run }));
  return { from: Math.min(from, to), to, severity, message: `${reason}: ${remedy}`, actions };
}

function offsetOf(doc, line, column) {
  const found = doc.line(Math.min(Math.max(1, line), doc.lines));
  return Math.min(found.from + column - 1, found.to);
}

/** The one change between two texts, so that the cursor and what is around it stay. */
export function difference(before, after) {
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && before[start] === after[start]) start += 1;
  let end = 0;
  while (end < shorter - start && before.at(-1 - end) === after.at(-1 - end)) end += 1;
  return { from: start, to: before.length - end, insert: after.slice(start, after.length - end) };
}
