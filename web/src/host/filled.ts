// Variables in rules: put in before the plugin reads them, and taken out of what it says.

import { Filled } from "../rust/web.js";
import type { Calls } from "./messages.ts";
import { Plugin } from "./plugin.ts";
import type { Configured, Document, Problem, Variables } from "./types.ts";

/** Starts a plugin by rules with their variables in them; what is answered quotes the rules as written. */
export function configure(
  documents: Document[],
  variables: Variables | undefined,
  start: (documents: Document[]) => Plugin | Problem[],
): { started?: Plugin; answer: Calls["configure"][1] } {
  const filled = new Filled(JSON.stringify(documents), JSON.stringify(variables ?? null));
  try {
    const wrong = JSON.parse(filled.problems()) as Problem[];
    if (wrong.length > 0) {
      return { answer: { problems: wrong } };
    }
    const taken = JSON.parse(filled.documents()) as Document[];
    const started = start(taken);
    return started instanceof Plugin
      ? { started, answer: { configured: named(started.configured, filled), documents: taken } }
      : { answer: { problems: started.map((problem) => quoted(problem, filled)) } };
  } finally {
    filled.free();
  }
}

function quoted(problem: Problem, filled: Filled): Problem {
  const { document, line, path, found } = problem;
  return { ...problem, path: filled.asWritten(document, line, path), found: filled.asWritten(document, line, found) };
}

function named(configured: Configured, filled: Filled): Configured {
  const rules = configured.rules.map((rule) => ({ ...rule, path: filled.asWritten(rule.document, rule.line, rule.path) }));
  return { ...configured, rules };
}
