// When plugins run: how far the spans come, what follows, and what they remember.

import { input, keepsState, runNow, silenceHours, until } from "./store.ts";

export function Time() {
  const batches = input.value?.batches ?? 0;
  const at = until.value ?? batches;
  return (
    <fieldset class="bar time">
      <legend>Time</legend>
      <label>
        As recorded, up to batch {at} of {batches}
        <input
          type="range" min={0} max={batches} value={at}
          onChange={(event) => again(() => (until.value = Number(event.currentTarget.value)))}
        />
      </label>
      <label>
        then
        <input
          type="number" min={0} max={720} step="any" value={silenceHours.value}
          onChange={(event) => again(() => (silenceHours.value = clamp(event.currentTarget.valueAsNumber)))}
        />
        hours of silence
      </label>
      <label>
        <input type="checkbox" checked={keepsState.value} onChange={(event) => again(() => (keepsState.value = event.currentTarget.checked))} />
        keep state from run to run
      </label>
      <button type="button" onClick={() => void runNow()}>Run again</button>
    </fieldset>
  );
}

function again(change: () => void): void {
  change();
  void runNow();
}

function clamp(hours: number): number {
  return Number.isFinite(hours) ? Math.min(Math.max(hours, 0), 720) : 0;
}
