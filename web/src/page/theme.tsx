// Light or dark: what the system says, or what was chosen, which is the one thing that is stored.

import { effect, signal } from "@preact/signals";

const KEY = "lapidary-theme";
const THEMES = ["system", "light", "dark"] as const;
type ThemeName = (typeof THEMES)[number];

const theme = signal<ThemeName>(stored());

effect(() => {
  document.documentElement.style.colorScheme = theme.value === "system" ? "light dark" : theme.value;
  try {
    localStorage.setItem(KEY, theme.value);
  } catch {
    // Where a browser stores nothing, the theme is that of the system again next time.
  }
});

export function Theme() {
  return (
    <label>
      Theme
      <select aria-label="Theme" value={theme.value} onChange={(event) => (theme.value = event.currentTarget.value as ThemeName)}>
        {THEMES.map((name) => <option value={name}>{name}</option>)}
      </select>
    </label>
  );
}

function stored(): ThemeName {
  try {
    return THEMES.find((name) => name === localStorage.getItem(KEY)) ?? "system";
  } catch {
    return "system";
  }
}
