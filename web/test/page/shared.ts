// What tests share in the browser.

/** What differs from what was expected, each with the step at which it was found. */
export class Differences {
  step = "";
  readonly found: string[] = [];

  compare(what: string, found: unknown, expected: unknown): void {
    const [a, b] = [canonical(found), canonical(expected)];
    if (a !== b) {
      this.found.push(`${this.step}: ${what}: found ${a}, expected ${b}`);
    }
  }
}

/** As JSON text in which the order of keys says nothing. */
function canonical(value: unknown): string {
  const sorted = (_: string, inner: unknown) =>
    inner !== null && typeof inner === "object" && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : inner;
  return JSON.stringify(value, sorted) ?? "nothing";
}

export async function load(path: string): Promise<Uint8Array<ArrayBuffer>> {
  const response = await fetch(`/${path}`);
  if (!response.ok) {
    throw new Error(`${path}: ${response.status}`);
  }
  return new Uint8Array(await response.arrayBuffer());
}

export function base64(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) {
    text += String.fromCharCode(byte);
  }
  return btoa(text);
}

export function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}
