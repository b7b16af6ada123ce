// What was found, where, by which rule; and what leaves.

import { effect, signal } from "@preact/signals";

import type { Leaf, Left } from "../desk/findings.ts";
import { jumpTo, showTouched } from "./jump.ts";
import { findings, items, pluginsOn, progress, ran, ruleOf, theDesk } from "./store.ts";

export function Findings() {
  const all = findings.value.toSorted((a, b) => b.count - a.count);
  return (
    <div class="tables" tabIndex={0} role="region" aria-label="Findings">
      <h2>What rules did</h2>
      {all.length === 0 ? <p class="empty">No rule did anything.</p> : (
        <table>
          <thead><tr><th scope="col">Place</th><th scope="col">What was done</th><th scope="col">How often</th><th scope="col">Rule</th><th scope="col">Spans</th></tr></thead>
          <tbody>
            {all.map(({ rule, deed, on, place, count }) => {
              const of = ruleOf(rule);
              const name = ran.value[of.place]?.name ?? "";
              return (
                <tr>
                  <td>{place === "" ? `the ${on}` : `${place} (${on})`}</td>
                  <td>{deed.replaceAll("_", " ")}</td>
                  <td><Share count={count} most={all[0]!.count} /></td>
                  <td><button type="button" class="because" onClick={() => jumpTo(of.place, of)}>{name}: {of.path}</button></td>
                  <td><button type="button" onClick={() => showTouched(of.place, of)}>Show<span class="unseen"> what {of.path} touched</span></button></td>
                </tr>
              );
            })}
          </tbody>
        </table>
      )}
      <Leaving />
    </div>
  );
}

/** A number with a bar, of which the largest is full. */
function Share({ count, most }: { count: number; most: number }) {
  return (
    <span class="share">
      <span class="part" style={{ width: `${(100 * count) / most}%` }} />
      <span class="number">{count}</span>
    </span>
  );
}

const left = signal<Left | undefined>(undefined);

effect(() => {
  const on = pluginsOn();
  if (items.value.length === 0 || progress.value !== undefined || on.some(([, { configured }]) => configured.value === undefined)) {
    return;
  }
  theDesk()
    .then((desk) => desk.ask("leaves", { chain: on.map(([, plugin]) => plugin.member) }))
    .then((told) => (left.value = told), () => (left.value = undefined));
});

const DOUBTS: Record<Leaf["doubt"], string> = {
  unread: "text that no rule looked at",
  read: "text that rules looked at",
  no_text: "no text",
};

function Leaving() {
  return (
    <>
      <h2>What leaves</h2>
      <p>Every place of the spans that go out, those first that somebody should look at. No value stands here.</p>
      <LeavesTable leaves={left.value?.leaves ?? []} />
    </>
  );
}

export function LeavesTable({ leaves }: { leaves: Leaf[] }) {
  return (
    <table>
      <thead><tr><th scope="col">Place</th><th scope="col">Form</th><th scope="col">Values</th><th scope="col">Different ones</th><th scope="col">Looked at</th></tr></thead>
      <tbody>
        {leaves.map(({ on, place, forms, values, distinct, doubt, rules }) => (
          <tr class={doubt === "unread" ? "doubtful" : ""}>
            <td>{place} ({on})</td><td>{forms.join("; ")}</td><td>{values}</td><td>{distinct}</td>
            <td>{rules.length > 0 ? rules.map(({ deed, plugin, path }) => `${deed.replaceAll("_", " ")} by ${plugin}: ${path}`).join("; ") : DOUBTS[doubt]}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
