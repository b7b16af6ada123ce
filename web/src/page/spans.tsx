// The spans, trace by trace, with what became of each.

import { ran, rule, items, progress, selected, source, showsForeign, stopRun } from "./store.ts";
import { Details } from "./details.tsx";
import { counts, entries, only, service, services, text } from "./filter.ts";
import { VirtualList } from "./virtual.tsx";
import { became, duration, type Entry, type Line } from "./waterfall.ts";

const HEIGHT = 28;

export function Spans() {
  return (
    <div class="spans">
      <Filters />
      <Hidden />
      <div class="split">
        <Waterfall />
        <Details />
      </div>
    </div>
  );
}

function Filters() {
  const of = rule.value;
  return (
    <div class="bar">
      <label>
        Search
        <input type="search" value={text.value} placeholder="name, service, id" onInput={(event) => (text.value = event.currentTarget.value)} />
      </label>
      <label>
        Service
        <select aria-label="Service" value={service.value} onChange={(event) => (service.value = event.currentTarget.value)}>
          <option value="">all</option>
          {services.value.map((name) => <option value={name}>{name === "" ? "?" : name}</option>)}
        </select>
      </label>
      <label>
        Show
        <select aria-label="Show" value={only.value} onChange={(event) => (only.value = event.currentTarget.value as typeof only.value)}>
          <option value="">all</option>
          {(["kept", "changed", "dropped", "lost", "made"] as const).map((word) => <option value={word}>{word}</option>)}
        </select>
      </label>
      {of !== undefined && (
        <button type="button" class="chip" onClick={() => (rule.value = undefined)}>
          {ran.value[of.place]?.name}: {of.path} <span aria-hidden="true">×</span>
          <span class="unseen">show all rules again</span>
        </button>
      )}
      <span class="count" role="status">{counts.value}</span>
      <Going />
    </div>
  );
}

/** Apart from the rest, for it changes with every batch. */
function Going() {
  if (progress.value === undefined) {
    return null;
  }
  return (
    <span class="going">
      <progress aria-label="Share of the spans that are through" value={progress.value} />
      <button type="button" onClick={() => void stopRun()}>Stop</button>
    </span>
  );
}

function Hidden() {
  if (source.value === undefined || source.value.isOurs) {
    return null;
  }
  return (
    <p class="notice">
      <label>
        <input type="checkbox" checked={showsForeign.value} onChange={(event) => (showsForeign.value = event.currentTarget.checked)} />
        Show values
      </label>
      {showsForeign.value ? " They stay in this page." : " They are hidden: you see what each looks like."}
    </p>
  );
}

function Waterfall() {
  const all = entries.value;
  const at = all.findIndex((entry) => entry.kind === "line" && entry.item.id === selected.value);
  const move = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 20, PageUp: -20 }[event.key];
    if (step === undefined) {
      return;
    }
    event.preventDefault();
    const next = nextLine(all, at, step);
    if (next !== undefined) {
      selected.value = next;
    }
  };
  if (all.length === 0) {
    return <p class="empty">{items.value.length === 0 ? "No span yet: choose a recording, drop a file or paste some." : "No span fits."}</p>;
  }
  return (
    <VirtualList
      count={all.length}
      height={HEIGHT}
      label="Spans by trace; arrow keys go from one to the next"
      current={at}
      line={(index) => <One entry={all[index]!} />}
      onKeyDown={move}
    />
  );
}

/** The line that is so many lines further, over the heads of traces. */
function nextLine(all: Entry[], at: number, step: number): number | undefined {
  const direction = Math.sign(step);
  for (let next = Math.min(Math.max(at + step, 0), all.length - 1); next >= 0 && next < all.length; next += direction) {
    const entry = all[next]!;
    if (entry.kind === "line") {
      return entry.item.id;
    }
  }
  return undefined;
}

function One({ entry }: { entry: Entry }) {
  if (entry.kind === "line") {
    return <Bar line={entry} />;
  }
  if (entry.trace === "") {
    return <div class="trace">Resources and scopes</div>;
  }
  return (
    <div class="trace">
      Trace <code>{entry.trace.slice(0, 8)}</code>, {entry.count} {entry.count === 1 ? "span" : "spans"}, {entry.millis.toFixed(entry.millis < 10 ? 2 : 0)} ms
    </div>
  );
}

function Bar({ line: { item, depth, offset, width } }: { line: Line }) {
  const word = became(item);
  const name = item.on === "resource" ? "resource" : item.name === "" ? "?" : item.name;
  return (
    <button
      type="button"
      tabIndex={-1}
      class={`span ${word}${item.failed ? " failed" : ""}`}
      aria-pressed={item.id === selected.value}
      onClick={() => (selected.value = item.id)}
    >
      <span class="word">{word}</span>
      <span class="name" style={{ paddingLeft: `${Math.min(depth, 12)}em` }}>
        <span class="service">{item.service || "?"}</span> <span class="title">{name}</span>
        {item.failed && <span class="error"> error</span>}
      </span>
      <span class="time" aria-hidden="true">
        {item.on === "span" && <span class="length" style={{ marginLeft: `${offset * 100}%`, width: `max(2px, ${width * 100}%)` }} />}
      </span>
      <span class="duration">{item.on === "span" ? duration(item.duration) : `${item.spans} spans`}</span>
    </button>
  );
}
