// An editor for one document of rules.

import { autocompletion, closeBrackets, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { yaml } from "@codemirror/lang-yaml";
import { HighlightStyle, bracketMatching, indentOnInput, syntaxHighlighting } from "@codemirror/language";
import { lintGutter, setDiagnostics } from "@codemirror/lint";
import { search, searchKeymap } from "@codemirror/search";
import { EditorState } from "@codemirror/state";
import { EditorView, drawSelection, highlightActiveLine, hoverTooltip, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";

import type { Problem } from "../host/types.ts";
import { actedGutter, setActed, type ActedLines } from "./acted.ts";
import { schemaCompletion, schemaHover, type Known } from "./schema.ts";

export interface Hooks {
  label: string;
  changed(text: string): void;
  /** What is known of the rules, for completion and hover. */
  known(): Known;
  /** A click on how often a line acted. */
  touched(line: number): void;
}

export class Editor {
  private readonly view: EditorView;

  constructor(parent: Element, text: string, private readonly hooks: Hooks) {
    this.view = new EditorView({ parent, state: EditorState.create({ doc: text, extensions: this.extensions() }) });
  }

  get text(): string {
    return this.view.state.doc.toString();
  }

  /** Writes another text, where it differs from what stands there. */
  replace(text: string): void {
    if (text !== this.text) {
      this.view.dispatch({ changes: { from: 0, to: this.view.state.doc.length, insert: text } });
    }
  }

  /** Underlines what is wrong, at its line. */
  underline(problems: Problem[]): void {
    const { doc } = this.view.state;
    const diagnostics = problems.map((problem) => {
      const line = doc.line(Math.min(Math.max(problem.line, 1), doc.lines));
      const start = line.from + (line.text.length - line.text.trimStart().length);
      return { from: Math.min(start, line.to), to: line.to, severity: "error" as const, message: spoken(problem) };
    });
    this.view.dispatch(setDiagnostics(this.view.state, diagnostics));
  }

  /** Shows in the gutter how often rules acted. */
  acted(lines: ActedLines): void {
    this.view.dispatch({ effects: setActed.of(lines) });
  }

  /** Goes to a line. */
  goTo(number: number): void {
    const line = this.view.state.doc.line(Math.min(Math.max(number, 1), this.view.state.doc.lines));
    this.view.dispatch({
      selection: { anchor: line.from, head: line.to },
      effects: EditorView.scrollIntoView(line.from, { y: "center" }),
    });
    this.view.focus();
  }

  destroy(): void {
    this.view.destroy();
  }

  private extensions() {
    const { hooks } = this;
    return [
      lineNumbers(),
      actedGutter((line) => hooks.touched(line)),
      lintGutter(),
      history(),
      drawSelection(),
      indentOnInput(),
      bracketMatching(),
      closeBrackets(),
      highlightActiveLine(),
      search({ top: true }),
      yaml(),
      syntaxHighlighting(COLORS),
      autocompletion({ override: [schemaCompletion(() => hooks.known())] }),
      hoverTooltip(schemaHover(() => hooks.known())),
      // Tab indents while the editor has the focus; Escape, then Tab leaves it, as CodeMirror has it.
      keymap.of([...completionKeymap, ...searchKeymap, ...historyKeymap, ...defaultKeymap, indentWithTab]),
      EditorView.contentAttributes.of({ "aria-label": hooks.label, tabindex: "0" }),
      EditorView.updateListener.of((update) => {
        if (update.docChanged) {
          hooks.changed(this.text);
        }
      }),
      EditorView.lineWrapping,
    ];
  }
}

/** A problem in the words of the command line, without the place, which the underline shows. */
export function spoken({ path, found, expected }: Problem): string {
  const what = expected === "" ? `found ${found}` : `found ${found}; expected ${expected}`;
  return path === "" ? what : `${path}: ${what}`;
}

const COLORS = HighlightStyle.define([
  { tag: tags.definition(tags.propertyName), color: "var(--key)" },
  { tag: tags.comment, color: "var(--faint)", fontStyle: "italic" },
  { tag: [tags.string, tags.content, tags.special(tags.string)], color: "var(--text)" },
  { tag: [tags.punctuation, tags.separator, tags.squareBracket, tags.brace], color: "var(--faint)" },
]);
