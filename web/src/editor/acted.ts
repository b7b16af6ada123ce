// The gutter that says how often each rule acted.

import { type Extension, RangeSet, StateEffect, StateField } from "@codemirror/state";
import { GutterMarker, gutter } from "@codemirror/view";

/** How often the rules of a line acted; a line without rules is not in it. */
export type ActedLines = Map<number, number>;

export const setActed = StateEffect.define<ActedLines>();

const field = StateField.define<ActedLines>({
  create: () => new Map(),
  update: (lines, { effects }) => effects.find((effect) => effect.is(setActed))?.value ?? lines,
});

class Times extends GutterMarker {
  constructor(private readonly times: number) {
    super();
  }

  override eq(other: Times): boolean {
    return other.times === this.times;
  }

  override toDOM(): Node {
    const shown = document.createElement("span");
    shown.className = this.times === 0 ? "acted never" : "acted";
    shown.textContent = this.times === 0 ? "–" : String(this.times);
    shown.title = this.times === 0 ? "acted on nothing so far" : `acted ${this.times} times; show on what`;
    return shown;
  }
}

/** `touched` hears of clicks, with the line. */
export function actedGutter(touched: (line: number) => void): Extension {
  return [
    field,
    gutter({
      class: "acted-gutter",
      markers: (view) => {
        const { doc } = view.state;
        const lines = [...view.state.field(field)].filter(([line]) => line >= 1 && line <= doc.lines).sort(([a], [b]) => a - b);
        return RangeSet.of(lines.map(([line, times]) => new Times(times).range(doc.line(line).from)));
      },
      lineMarkerChange: (update) => update.startState.field(field) !== update.state.field(field),
      initialSpacer: () => new Times(10_000),
      domEventHandlers: {
        click: (view, block) => {
          touched(view.state.doc.lineAt(block.from).number);
          return true;
        },
      },
    }),
  ];
}
