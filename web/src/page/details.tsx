// One resource, scope or span: what stands in it after each plugin, what changed there, and why.

import { signal, useSignalEffect } from "@preact/signals";

import type { Changed, Details as Told, Reason, RuleAt, Stage, Why } from "../desk/told.ts";
import { jumpTo } from "./jump.ts";
import { items, ran, selected, theDesk, trouble } from "./store.ts";
import { became, duration } from "./waterfall.ts";
import { writers } from "./write-rule.ts";

const told = signal<Told | undefined>(undefined);
/** The stage that is shown; nothing: what changed in all of them. */
const stage = signal<number | undefined>(undefined);
/** The place that is asked about, with what each plugin says of it. */
const asked = signal<{ place: string; shown: string; why: Why[] } | undefined>(undefined);

export function Details() {
  useSignalEffect(() => {
    const item = items.value.find(({ id }) => id === selected.value);
    stage.value = undefined;
    asked.value = undefined;
    if (item === undefined) {
      told.value = undefined;
      return;
    }
    void tell(item.way, item.row);
  });
  const item = items.value.find(({ id }) => id === selected.value);
  if (item === undefined || told.value === undefined) {
    return <p class="empty">Choose a span to see what became of it, and why.</p>;
  }
  return (
    <section class="details" tabIndex={0} aria-label="What became of the span">
      <h2>{item.on === "resource" ? "resource" : item.name || "?"}</h2>
      <p class="ids">
        {item.service || "?"}
        {item.on === "span" && <> <code>{item.trace}</code>/<code>{item.span}</code> {duration(item.duration)}</>}: <strong>{became(item)}</strong>
      </p>
      <Stages stages={told.value.stages} />
      {stage.value === undefined ? <AllChanges stages={told.value.stages} /> : <Content at={stage.value} stages={told.value.stages} />}
      <Asked />
    </section>
  );
}

async function tell(way: number, row: number): Promise<void> {
  try {
    told.value = await (await theDesk()).ask("details", { way, row });
  } catch (error) {
    told.value = undefined;
    trouble.value = (error as Error).message;
  }
}

function name(place: number): string {
  return ran.value[place]?.name ?? "";
}

/** What it looks like before, after each plugin, and after all. */
function Stages({ stages }: { stages: Stage[] }) {
  const title = (index: number) => {
    const before = index === 0 ? undefined : stages[index - 1];
    return before === undefined ? "Before" : `After ${name(before.place)}`;
  };
  return (
    <div class="stages" role="group" aria-label="Which state is shown">
      <button type="button" aria-pressed={stage.value === undefined} onClick={() => (stage.value = undefined)}>Changes</button>
      {stages.map((_, index) => (
        <button type="button" aria-pressed={stage.value === index} onClick={() => (stage.value = index)}>{title(index)}</button>
      ))}
    </div>
  );
}

/** What a plugin looked at and left is told where somebody asks about that place. */
const LEFT = ["looked_and_left", "would_have"];

function AllChanges({ stages }: { stages: Stage[] }) {
  const said = stages.map((stage) => ({ ...stage, reasons: stage.reasons.filter(({ deed }) => !LEFT.includes(deed)) }));
  const any = said.some(({ changes, reasons }) => changes.length + reasons.length > 0);
  return (
    <>
      {!any && <p>Nothing in it differs, and no rule did anything.</p>}
      {said.map(({ place, changes, reasons, gone, shadow }) => (
        <div class="of-plugin">
          {(changes.length > 0 || reasons.length > 0 || gone) && <h3>{name(place)}{shadow && " (shadow): what would be"}</h3>}
          {gone && reasons.length === 0 && <p>It could not be processed, and {shadow ? "would" : "did"} not go on.</p>}
          <ul>{reasons.map((reason) => <li>{words(reason)} <Because place={place} reason={reason} /></li>)}</ul>
          <ul>{changes.map((change) => <li><One place={place} change={change} /></li>)}</ul>
        </div>
      ))}
      <h3>Everything in it, as it came</h3>
      <Values stage={stages[0]!} changes={[]} />
    </>
  );
}

function words({ deed, key }: Reason): string {
  const what = deed.replaceAll("_", " ");
  return key === undefined ? what : `${key}: ${what}`;
}

function One({ place, change }: { place: number; change: Changed }) {
  return (
    <>
      <span class="place">{change.key ? `key ${change.shown}` : change.shown}</span>
      {change.was !== undefined && <del>{change.was}</del>}
      {change.is !== undefined && <ins>{change.is}</ins>}
      {change.reasons.map((reason) => <Because place={place} reason={reason} />)}
    </>
  );
}

/** The rule that did it; a click leads to its line. */
function Because({ place, reason: { rule } }: { place: number; reason: Reason }) {
  return (
    <button type="button" class="because" onClick={() => jumpTo(place, rule)}>
      <span aria-hidden="true">← </span>{where(rule)}
    </button>
  );
}

function where({ path, document, line }: RuleAt): string {
  const file = document?.split("/").slice(-2).join("/");
  return file === undefined ? path : line === undefined ? `${path}, ${file}` : `${path}, ${file}:${line}`;
}

/** Everything that stands in it before a plugin, or at the end, with what the plugin before it changed. */
function Content({ at, stages }: { at: number; stages: Stage[] }) {
  const before = stages[at - 1];
  return <Values stage={stages[at]!} changes={before?.shadow === true ? [] : (before?.changes ?? [])} {...(before && { place: before.place })} />;
}

function Values({ stage, changes, place }: { stage: Stage; changes: Changed[]; place?: number }) {
  const changed = new Map(changes.map((change) => [change.place, change]));
  const gone = changes.filter(({ is }) => is === undefined);
  return (
    <dl class="values">
      {stage.values.map((value) => {
        const change = changed.get(value.place);
        return (
          <>
            <dt>
              <button type="button" onClick={() => void ask(value)} title="Why did rules act here, or not?">{value.shown}</button>
            </dt>
            <dd>
              {change?.was !== undefined && <del>{change.was}</del>}
              {change === undefined ? value.value : <ins>{value.value}</ins>}
              {place !== undefined && change?.reasons.map((reason) => <Because place={place} reason={reason} />)}
            </dd>
          </>
        );
      })}
      {gone.map((change) => <><dt>{change.shown}</dt><dd><del>{change.was}</del></dd></>)}
    </dl>
  );
}

async function ask({ place, shown }: { place: string; shown: string }): Promise<void> {
  const item = items.value.find(({ id }) => id === selected.value);
  if (item === undefined) {
    return;
  }
  try {
    asked.value = { place, shown, why: await (await theDesk()).ask("why", { way: item.way, row: item.row, place }) };
  } catch (error) {
    trouble.value = (error as Error).message;
  }
}

/** Why each plugin did something about a place or nothing, and what would make it act. */
function Asked() {
  const about = asked.value;
  if (about === undefined) {
    return null;
  }
  return (
    <section class="why" aria-label="Why" role="status">
      <h3>{about.shown}</h3>
      <ul>
        {about.why.map(({ place, answers }) => (
          <li>
            {name(place)}: {answers.map(({ word, rule }) => (
              <>{word.replaceAll("_", " ")} {rule !== undefined && <Because place={place} reason={{ deed: word, rule }} />} </>
            ))}
          </li>
        ))}
      </ul>
      {writers(about.place).map(({ label, write }) => <button type="button" onClick={write}>{label}</button>)}
      <button type="button" onClick={() => (asked.value = undefined)}>Close</button>
    </section>
  );
}
