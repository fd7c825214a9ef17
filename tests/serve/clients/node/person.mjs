// Somebody with a browser without scripts: cookies by site, redirects, the login page, and forms that a script would post.

const TEXT = /&(amp|lt|gt|quot|#39|#x27|#x2f|#34|#x2F);/g;
const CHARACTERS = { amp: "&", lt: "<", gt: ">", quot: '"', "#39": "'", "#x27": "'", "#x2f": "/", "#x2F": "/", "#34": '"' };

const text = (html = "") => html.replace(TEXT, (_, name) => CHARACTERS[name]);

export const PASSWORD = "correct horse";

export class Person {
  #jar = new Map();

  constructor(name = "ada") {
    this.name = name;
  }

  async fetch(url, init = {}) {
    const site = new URL(url).host;
    const kept = this.#jar.get(site) ?? new Map();
    const cookies = [...kept].map(([name, value]) => `${name}=${value}`).join("; ");
    const headers = { ...init.headers, ...(cookies && { cookie: cookies }) };
    const response = await fetch(url, { ...init, headers, redirect: "manual" });
    for (const line of response.headers.getSetCookie()) {
      const [pair, ...attributes] = line.split(";").map((part) => part.trim());
      const at = pair.indexOf("=");
      const gone = attributes.some((attribute) => /^(max-age=0|expires=.*1970.*)$/i.test(attribute));
      if (gone || !pair.slice(at + 1)) kept.delete(pair.slice(0, at));
      else kept.set(pair.slice(0, at), pair.slice(at + 1));
    }
    this.#jar.set(site, kept);
    return response;
  }

  /**
   * Goes to `url` and on, logs in where a login page is shown, and stops before the first place that begins with `until`, or
   * at a page that leads nowhere. The answer has `url`, and `form` (what would be posted there) or `response` and `body`.
   */
  async visit(url, until = "nowhere:") {
    let next = { url: String(url), init: {} };
    let asked = 0;
    for (let step = 0; step < 20; step += 1) {
      if (next.url.startsWith(until)) return { url: next.url, form: next.form, asked };
      const response = await this.fetch(next.url, next.init);
      const location = response.headers.get("location");
      const body = await response.text();
      if (location && response.status >= 300 && response.status < 400) {
        next = { url: new URL(location, next.url).href, init: {} };
        continue;
      }
      const form = readForm(body, next.url);
      if (form?.fields.has("password")) {
        if (asked > 1) throw new Error(`the login is refused: ${body}`);
        asked += 1;
        form.fields.set("username", `${this.name}@example.org`);
        form.fields.set("password", PASSWORD);
      } else if (!form || !form.fields.size) {
        return { url: next.url, response, body, asked };
      }
      next = {
        url: form.action,
        form: form.fields,
        init: {
          method: "POST",
          body: form.fields.toString(),
          headers: { "content-type": "application/x-www-form-urlencoded" },
        },
      };
    }
    throw new Error(`too many steps, at last ${next.url}`);
  }
}

function readForm(html, base) {
  const found = /<form\b([^>]*)>([\s\S]*?)<\/form>/i.exec(html);
  if (!found || !/method="?post/i.test(found[1])) return undefined;
  const fields = new URLSearchParams();
  for (const [, attributes] of found[2].matchAll(/<(?:input|button)\b([^>]*)>/gi)) {
    const of = (name) => new RegExp(`\\b${name}="([^"]*)"`).exec(attributes)?.[1];
    if (of("name")) fields.append(text(of("name")), text(of("value")));
  }
  const action = text(/\baction="([^"]*)"/i.exec(found[1])?.[1] ?? "");
  return { action: new URL(action, base).href, fields };
}
