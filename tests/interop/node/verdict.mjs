// The same rules as verdict.py, for the judges in JavaScript.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";

/** Why a document was not taken. */
export class Refused extends Error {}

/** Judges `<manifest>.json`, which must be taken, and `<manifest>-refused.json`, which must not. */
export async function run(name, manifest, judge) {
  const folder = process.argv[2];
  const read = (file) => readFileSync(join(folder, file), "utf8");
  const verdicts = {};
  const line = (title, good, told, known) => {
    verdicts[title] = good ? (known ? "known" : "ok") : "failed";
    const note = known ? `; known: it ${known}` : "";
    console.log(`${(good ? "ok" : "FAILED").padEnd(7)} ${name.padEnd(13)} ${title}: ${told}${note}`);
  };

  for (const one of JSON.parse(read(`${manifest}.json`))) {
    const reason = await refusal(judge, one, read);
    const known = one.refused_by?.[name];
    if (known) {
      line(one.name, reason !== null, told(reason), known);
    } else if (one.denied) {
      line(one.name, reason?.includes(oneLine(one.denied)) ?? false, told(reason));
    } else {
      line(one.name, reason === null, told(reason));
    }
  }
  for (const one of JSON.parse(read(`${manifest}-refused.json`))) {
    if (one.judges && !one.judges.includes(name)) continue;
    const reason = await refusal(judge, one, read);
    const title = `${one.name}, ${one.flaw}`;
    const blind = one.taken_by?.[name];
    if (blind) {
      line(title, reason === null, told(reason), blind);
    } else {
      const expected = one.reasons?.[name] ?? ".";
      const good = reason !== null && new RegExp(expected).test(reason);
      line(title, good, told(reason) + (good || reason === null ? "" : `; not for /${expected}/`));
    }
  }
  writeFileSync(join(folder, `${name}.verdicts.json`), JSON.stringify(verdicts, null, 2));
  const all = Object.values(verdicts);
  const failed = all.filter((verdict) => verdict === "failed").length;
  console.log(`${all.length - failed} passed, ${failed} failed`);
  process.exitCode = failed || !all.length ? 1 : 0;
}

/** Refuses what is not deeply equal. */
export function expect(what, found, expected) {
  if (!isDeepStrictEqual(found, expected)) {
    throw new Refused(`${what} is ${JSON.stringify(found)}, expected ${JSON.stringify(expected)}`);
  }
}

/** Why the judge does not take the case, at the moment of the case where it names one. */
async function refusal(judge, one, read) {
  try {
    if (one.now) globalThis.Date = dateAt(Date.parse(one.now));
    await judge(one, read);
    return null;
  } catch (error) {
    if (error instanceof Refused) return oneLine(error.message);
    throw error;
  } finally {
    globalThis.Date = RealDate;
  }
}

const RealDate = Date;

/** A `Date` for which it is always the same moment. */
function dateAt(moment) {
  return class extends RealDate {
    constructor(...parts) {
      super(...(parts.length ? parts : [moment]));
    }

    static now() {
      return moment;
    }
  };
}

function oneLine(text) {
  return text.split(/\s+/).join(" ").trim();
}

function told(reason) {
  return reason === null ? "taken" : shortened(`refused: ${reason}`);
}

function shortened(text) {
  return text.length <= 300 ? text : `${text.slice(0, 300)}...`;
}
