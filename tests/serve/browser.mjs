// A person with a real browser: node browser.mjs POSTLOGIN [--long] [PART OF A NAME]

import { cpSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deflateRawSync } from "node:zlib";
import { launch, visitor, visitorWithCookiesInFrames } from "./chromium.mjs";
import { serve, site, tenant } from "./local.mjs";
import { expect, judge } from "./verdict.mjs";

const [postlogin, ...more] = process.argv.slice(2);
const only = more.find((one) => !one.startsWith("--"));
const PASSWORD = "correct horse";
const ACME = new URL("../../fixtures/tenants/acme", import.meta.url).pathname;
const SR_30 = `"><script>alert(1)</script>`;

const back = (told) => `<!doctype html><html lang=en><title>Back</title><main><h1>Back</h1>${told}</main>`;

// Another site: the house rules, with the way back.
const rules = await site(({ url }) => {
  const state = url.searchParams.get("state");
  const reader = url.searchParams.get("reader");
  return back(`<p id=reader>${reader}</p><a id=agree href="${demo.url}continue?state=${state}&amp;answer=yes">agree</a>
    <a id=refuse href="${demo.url}continue?state=${state}&amp;answer=no">refuse</a>`);
});
const demo = await serve(postlogin, acme(), { options: ["--demo"] });
const browser = await launch(demo.cert);

// Applications and a service provider on a site of their own, over https; and one on the site of the server.
const [application, neighbour] = await Promise.all(
  ["app.other.test", "app.postlogin.test"].map((host) =>
    site(({ method, url, body }) => {
      if (url.pathname !== "/silent") {
        return back(method === "POST" ? `<p id=posted>${new URLSearchParams(body).get("code") ? "code" : ""}</p>` : "");
      }
      const asked = request({ prompt: "none", response_mode: "web_message", redirect_uri: `${url.origin}/callback` });
      return back(`<p id=told>-</p><script>addEventListener("message", (event) => {
        told.textContent = JSON.stringify({ origin: event.origin, response: event.data.response });
      })</script><iframe title=login src="${server.url}authorize?${asked.toString().replaceAll("&", "&amp;")}"></iframe>`);
    }, { host, tls: demo }),
  ),
);
const server = await serve(postlogin, ours(), { https: true, host: "id.postlogin.test" });
const own = await serve(postlogin, ours({
  "pages/login.html": `<!doctype html><html lang="{{ lang }}"><title>Ours</title><style nonce="{{ nonce }}">h1 { color: rebeccapurple }</style>
    <main><h1>Welcome to our own page</h1>{% if alert %}<p role="alert">{{ alert }}</p>{% endif %}
    <form method="post" action="{{ action }}"><input type="hidden" name="state" value="{{ state }}"><input type="hidden" name="token" value="{{ token }}">
    <label>{{ label }} <input name="username" value="{{ username }}"></label>
    <label>{{ t.password }} <input name="password" type="password"></label><button type="submit">{{ t.log_in }}</button></form></main>`,
}), { https: true, host: "id.postlogin.test" });

function acme() {
  const folder = mkdtempSync(join(tmpdir(), "postlogin-acme-"));
  cpSync(ACME, folder, { recursive: true, filter: (path) => !path.endsWith(".postlogin") });
  const code = join(folder, "actions/remember-login/code.js");
  const changed = readFileSync(code, "utf8").replace(/const HOUSE_RULES = .*/, `const HOUSE_RULES = '${rules.origin}/rules';`);
  writeFileSync(code, changed);
  return folder;
}

function ours(files = {}) {
  const web = {
    app_type: "regular_web",
    client_secret: "a-secret-of-the-application-for-tests-only",
    callbacks: [application, neighbour].map(({ origin }) => `${origin}/callback`),
    web_origins: [application.origin, neighbour.origin],
    grant_types: ["authorization_code", "refresh_token"],
    token_endpoint_auth_method: "client_secret_post",
  };
  return tenant({
    "clients/web.json": { name: "web", client_id: "web", ...web },
    "clients/guest.json": { name: "guest", client_id: "guest", ...web, is_first_party: false },
    "clients/pay.json": {
      name: "pay",
      client_id: "pay",
      callbacks: [`${application.origin}/acs`],
      addons: { samlp: { audience: "https://pay.example" } },
    },
    "users.json": [
      {
        user_id: "auth0|ada",
        email: "ada@example.org",
        email_verified: true,
        name: "Ada",
        identities: [{ connection: "db", provider: "auth0", user_id: "ada" }],
        password_hash: "$2b$05$abcdefghijklmnopqrstuuHNbAKRhpaujgo33bRWs.NLUTJO3lOy2",
      },
    ],
    ...files,
  });
}

function request(more = {}) {
  return new URLSearchParams({
    client_id: "web",
    response_type: "code",
    redirect_uri: `${application.origin}/callback`,
    scope: "openid email",
    state: "s",
    ...more,
  });
}

/** Has somebody do something, and looks at what no page may do. */
const as = async (options, does) => judged(await visitor(browser, options), does);

async function judged(person, does) {
  try {
    await does(person, person.page);
    expect("requests to others", person.strangers, []);
    expect("dialogs", person.dialogs, []);
  } finally {
    await person.close();
  }
}

async function looksGood(person, name) {
  expect(`faults of the page ${name}`, await person.judge(name), []);
}

async function fillIn(page, password = PASSWORD) {
  await page.fill("input[name=username]", "ada@example.org");
  await page.fill("input[name=password]", password);
  await page.click("button[type=submit]");
}

const headline = (page) => page.textContent("h1");

/** Both examples, one session, and out again. */
const examples = (scripts, colorScheme) =>
  as({ scripts, colorScheme }, async (person, page) => {
    const look = (name) => looksGood(person, `demo-${name}-${scripts ? colorScheme : "no-scripts"}`);
    await page.goto(`${demo.url}demo`);
    await look("overview");
    await page.click("text=Example application");
    await look("application");
    await page.click("button.main");
    await look("login");
    await page.click("text=Ada Byron");
    await page.waitForURL("**/demo/stories/*");
    expect("headline", await headline(page), "Ada Byron is logged in to web");
    await look("story-tokens");
    await page.click("text=Open the service provider");
    await posted(page, scripts);
    await page.waitForURL("**/demo/stories/*");
    expect("headline", await headline(page), "Ada Byron is logged in to payroll");
    const told = await page.textContent("main");
    for (const text of ["single sign-on", "AuthnStatement", "employeeNumber", "enrich-saml, line 9"]) {
      if (!told.includes(text)) throw new Error(`the story does not say ${text}`);
    }
    await look("story-saml");
    await page.goto(`${demo.url}demo/sp`);
    await look("service-provider");
    await page.click("text=Log out");
    await page.waitForURL("**/demo/sp");
    await page.goto(`${demo.url}demo/app/login`);
    expect("whether somebody is asked again", page.url().includes("/u/login"), true);
  });

/** Without scripts a page that posts by itself waits for its button. */
async function posted(page, scripts) {
  if (!scripts) await page.click("button");
}

const denied = () =>
  as({}, async (person, page) => {
    await page.goto(`${demo.url}demo/app/login`);
    await page.click("text=Eve Holt");
    expect("headline", await headline(page), "Eve Holt was not let in to web");
    await looksGood(person, "demo-story-denied");
    await page.goto(`${demo.url}demo/sp/login?wish=force`);
    await page.click("text=Eve Holt");
    await page.waitForURL("**/demo/stories/*");
    expect("headline", await headline(page), "Eve Holt was not let in to payroll");
    await looksGood(person, "demo-story-denied-saml");
  });

const away = (scripts) =>
  as({ scripts }, async (person, page) => {
    for (const [answer, told] of [["refuse", "Lin Park was not let in to web"], ["agree", "Lin Park is logged in to web"]]) {
      await page.goto(`${demo.url}demo/app/login?prompt=login`);
      await page.click("text=Lin Park");
      // The second visitor finds a colleague who has read the rules.
      if (!page.url().startsWith(rules.origin)) break;
      expect("what came along", await page.textContent("#reader"), "lin");
      await page.click(`#${answer}`);
      await page.waitForURL("**/demo/stories/*");
      expect("headline", await headline(page), told);
    }
    await looksGood(person, `demo-story-away-${scripts ? "scripts" : "no-scripts"}`);
    await page.goto(`${demo.url}demo/elsewhere?state=x&reader=lin`);
    await looksGood(person, "demo-elsewhere");
  });

const logsIn = (scripts) =>
  as({ scripts }, async (person, page) => {
    const name = scripts ? "scripts" : "no-scripts";
    await page.goto(`${server.url}authorize?${request()}`);
    await looksGood(person, `login-${name}`);
    await fillIn(page, "wrong");
    await page.waitForSelector("[role=alert]");
    await looksGood(person, `login-refused-${name}`);
    await page.fill("input[name=password]", PASSWORD);
    await page.click("button[type=submit]");
    await page.waitForURL(`${application.origin}/callback?**`);
    expect("state", new URL(page.url()).searchParams.get("state"), "s");
    // The same session, by a form.
    await page.goto(`${server.url}authorize?${request({ response_mode: "form_post" })}`);
    if (!scripts) {
      await looksGood(person, "form-post");
      await page.click("button");
    }
    await page.waitForSelector("#posted");
    expect("what was posted", await page.textContent("#posted"), "code");
    await page.goto(`${server.url}u/login?state=nothing`);
    await looksGood(person, `error-${name}`);
  });

const consents = (scripts) =>
  as({ scripts }, async (person, page) => {
    const name = scripts ? "scripts" : "no-scripts";
    const url = `${server.url}authorize?${request({ client_id: "guest", prompt: "consent" })}`;
    await page.goto(url);
    await fillIn(page);
    await page.waitForSelector("button[name=action]");
    await looksGood(person, `consent-${name}`);
    await page.click("button[name=action][value=deny]");
    await page.waitForURL(`${application.origin}/callback?**`);
    expect("error", new URL(page.url()).searchParams.get("error"), "access_denied");
    await page.goto(url);
    await page.click("button[name=action][value=accept]");
    await page.waitForURL(`${application.origin}/callback?**`);
    expect("whether there is a code", new URL(page.url()).searchParams.has("code"), true);
  });

const silent = async (person, sites) =>
  judged(person, async (person, page) => {
    const origin = new URL(server.url).origin;
    const told = async ({ origin }) => {
      await page.goto(`${origin}/silent`);
      await page.waitForFunction("told.textContent !== '-'");
      return JSON.parse(await page.textContent("#told"));
    };
    for (const one of [application, neighbour]) {
      const { origin: from, response } = await told(one);
      expect("without a session", [from, response?.error, response?.state], [origin, "login_required", "s"]);
    }
    await page.goto(`${server.url}authorize?${request()}`);
    await fillIn(page);
    await page.waitForURL(`${application.origin}/callback?**`);
    for (const one of sites) {
      const { origin: from, response } = await told(one);
      expect("with a session", [from, typeof response?.code, response?.state], [origin, "string", "s"]);
    }
  });

const languages = () =>
  as({}, async (person, page) => {
    const titles = new Set();
    for (const language of ["en", "de", "fr", "es", "ja"]) {
      await page.goto(`${server.url}authorize?${request({ ui_locales: language })}`);
      expect("lang", await page.getAttribute("html", "lang"), language);
      titles.add(await headline(page));
      await looksGood(person, `login-${language}`);
    }
    expect("different titles", titles.size, 5);
  });

const speaksJapanese = () =>
  as({ locale: "ja-JP" }, async (person, page) => {
    await page.goto(`${server.url}authorize?${request()}`);
    expect("lang", await page.getAttribute("html", "lang"), "ja");
  });

const ownPage = () =>
  as({}, async (person, page) => {
    await page.goto(`${own.url}authorize?${request()}`);
    expect("headline", await headline(page), "Welcome to our own page");
    await looksGood(person, "own-login");
    await fillIn(page, "wrong");
    await page.waitForSelector("[role=alert]");
    await fillIn(page);
    await page.waitForURL(`${application.origin}/callback?**`);
  });

const relayState = () =>
  as({}, async (person, page) => {
    const xml = `<samlp:AuthnRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_${Date.now()}" Version="2.0" IssueInstant="${new Date().toISOString()}"><saml:Issuer xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">https://pay.example</saml:Issuer></samlp:AuthnRequest>`;
    const query = new URLSearchParams({ SAMLRequest: deflateRawSync(xml).toString("base64"), RelayState: SR_30 });
    await page.goto(`${server.url}samlp/pay?${query}`);
    await fillIn(page);
    await page.waitForURL(`${application.origin}/acs`);
    const last = application.log.filter((asked) => asked.url.pathname === "/acs").at(-1);
    expect("RelayState", new URLSearchParams(last.body).get("RelayState"), SR_30);
  });

await judge(
  "browser",
  [
    ["both examples of the demo, with one session", () => examples(true, "light")],
    ["both examples of the demo, in the dark", () => examples(true, "dark")],
    ["both examples of the demo, without scripts", () => examples(false, "light")],
    ["a denial is told", denied],
    ["to another site and back", () => away(true)],
    ["to another site and back, without scripts", () => away(false)],
    ["somebody logs in", () => logsIn(true)],
    ["somebody logs in, without scripts", () => logsIn(false)],
    ["somebody consents", () => consents(true)],
    ["somebody consents, without scripts", () => consents(false)],
    ["silent login in a frame on the same site", async () => silent(await visitor(browser), [neighbour])],
    [
      "silent login in a frame on another site, where the browser allows it",
      async () => silent(await visitorWithCookiesInFrames(server.cert), [application, neighbour]),
    ],
    ["five languages", languages],
    ["the language of the browser", speaksJapanese],
    ["a login page of the tenant's own", ownPage],
    ["SR-30: a script in RelayState arrives as text", relayState],
  ],
  only,
);
await browser.close();
await Promise.all([demo.end(), server.end(), own.end()]);
for (const one of [application, neighbour, rules]) one.end();
