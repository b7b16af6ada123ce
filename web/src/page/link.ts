// The chain in an address: rules and digests of modules, never a span, never a secret.

import { deflateSync, inflateSync, strFromU8, strToU8 } from "fflate";

import { plugins, start } from "./store.ts";
import type { PlannedPlugin } from "./start.ts";

/** What a link holds. */
interface Linked {
  plugin: string;
  digest: string;
  on: boolean;
  shadow?: boolean;
  rules: { name: string; text: string }[];
  secrets: string[];
}

const PREFIX = "#chain=";
/** Each has a worker and memory of its own. */
const MOST_PLUGINS = 20;
/** Rules are small; what unpacks to more is none. */
const MOST_BYTES = 4 << 20;

/** The address of this page with the chain as it stands. */
export function link(): string {
  const linked: Linked[] = plugins.value.map((plugin) => ({
    plugin: plugin.name,
    digest: plugin.digest,
    on: plugin.isOn.value,
    ...(plugin.isShadow.value && { shadow: true }),
    rules: plugin.documents,
    secrets: [...plugin.secrets.value.keys()],
  }));
  const packed = deflateSync(strToU8(JSON.stringify(linked)), { level: 9 });
  return `${location.origin}${location.pathname}${PREFIX}${base64(packed)}`;
}

/** The chain of a link. @throws where the address holds something else */
export function linked(fragment: string): { chain: PlannedPlugin[]; digests: Map<string, string> } | undefined {
  if (!fragment.startsWith(PREFIX)) {
    return undefined;
  }
  if (fragment.length > MOST_BYTES / 4) {
    throw new Error("found a link that is too long");
  }
  const unpacked = inflateSync(unbase64(fragment.slice(PREFIX.length)), { out: new Uint8Array(MOST_BYTES) });
  const all: unknown = JSON.parse(strFromU8(unpacked));
  if (!Array.isArray(all) || all.length > MOST_PLUGINS || !all.every(isLinked)) {
    throw new Error("found a link that holds no chain");
  }
  const chain = all.map(({ plugin, on, shadow, rules, secrets }) => ({ plugin, on, shadow: shadow === true, rules, secrets }));
  return { chain, digests: new Map(all.map(({ plugin, digest }) => [plugin, digest])) };
}

/** What to say where modules are not those of the link. */
export function differing(digests: Map<string, string>): string | undefined {
  const other = plugins.value.filter(({ name, digest }) => digests.has(name) && digests.get(name) !== digest);
  return other.length === 0
    ? undefined
    : `The link was made with other modules of ${[...new Set(other.map(({ name }) => name))].join(", ")}: its rules may act differently here.`;
}

function isLinked(value: unknown): value is Linked {
  const one = value as Partial<Linked> | null;
  const known = start.value === undefined || typeof one?.plugin === "string";
  const isRules = (rules: unknown) => {
    const { name, text } = (rules ?? {}) as { name?: unknown; text?: unknown };
    return typeof name === "string" && typeof text === "string";
  };
  return (
    known && typeof one?.plugin === "string" && typeof one.digest === "string" && typeof one.on === "boolean" &&
    Array.isArray(one.rules) && one.rules.every(isRules) &&
    Array.isArray(one.secrets) && one.secrets.every((name) => typeof name === "string")
  );
}

function base64(bytes: Uint8Array): string {
  const text = [...bytes].map((byte) => String.fromCharCode(byte)).join("");
  return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function unbase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
}
