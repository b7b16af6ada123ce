// A list of which only what is in sight stands in the page.

import {
  Virtualizer, elementScroll, observeElementOffset, observeElementRect,
} from "@tanstack/virtual-core";
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useReducer, useRef, useState } from "preact/hooks";

export interface Listed {
  /** How many lines there are; each has this height in pixels. */
  count: number;
  height: number;
  label: string;
  /** The line to be brought into sight. */
  current?: number | undefined;
  line(index: number): ComponentChildren;
  onKeyDown?(event: KeyboardEvent): void;
}

export function VirtualList({ count, height, label, current, line, onKeyDown }: Listed) {
  const scroller = useRef<HTMLDivElement>(null);
  const [, render] = useReducer((times: number) => times + 1, 0);
  const options = {
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => height,
    scrollToFn: elementScroll,
    observeElementRect,
    observeElementOffset,
    overscan: 8,
    onChange: () => render(undefined as never),
  };
  const [virtualizer] = useState(() => new Virtualizer<HTMLDivElement, Element>(options));
  virtualizer.setOptions(options);
  useLayoutEffect(() => virtualizer._didMount(), [virtualizer]);
  useLayoutEffect(() => virtualizer._willUpdate());
  useLayoutEffect(() => {
    if (current !== undefined && current >= 0) {
      virtualizer.scrollToIndex(current, { align: "auto" });
    }
  }, [current, virtualizer]);
  return (
    <div class="list" ref={scroller} role="group" aria-label={label} tabIndex={0} onKeyDown={onKeyDown}>
      <div style={{ height: `${virtualizer.getTotalSize()}px`, position: "relative" }}>
        {virtualizer.getVirtualItems().map(({ index, start }) => (
          <div key={index} class="line" style={{ height: `${height}px`, transform: `translateY(${start}px)` }}>
            {line(index)}
          </div>
        ))}
      </div>
    </div>
  );
}
