// `start.json`: what a page begins with.

import type { Variables } from "../host/types.ts";

export interface Start {
  /** Recordings to choose from; those that are not `ours` hide their values at first. */
  recordings: { name: string; url: string; ours: boolean }[];
  /** The one that is shown first. */
  chosen?: string;
  plugins: { name: string; url: string }[];
  chain: PlannedPlugin[];
  /** Where live spans can be sent, and where the page gets them. */
  listen: { endpoint: string; url: string } | null;
  /** The variables that the rules of `chain` name, where `lapidary playground` serves the page. */
  variables?: Variables;
}

export interface PlannedPlugin {
  plugin: string;
  on: boolean;
  shadow?: boolean;
  /** Base first. Rules that stand inside a config come as text. */
  rules: { name: string; url?: string; text?: string }[];
  /** Names only. */
  secrets: string[];
}

export async function loadStart(): Promise<Start> {
  const response = await fetch("start.json");
  if (!response.ok) {
    throw new Error(`start.json: ${response.status} ${response.statusText}`);
  }
  return (await response.json()) as Start;
}
