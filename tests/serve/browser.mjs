// A person with a real browser: node browser.mjs POSTLOGIN [--long] [PART OF A NAME]

import { launch, visitor } from "./chromium.mjs";
import { serve, site, tenant } from "./local.mjs";
import { expect, judge } from "./verdict.mjs";

const [postlogin, ...more] = process.argv.slice(2);
const only = more.find((one) => !one.startsWith("--"));
const PASSWORD = "correct horse";

const application = await site(() => "<!doctype html><html lang=en><title>Back</title><h1>Back</h1>");
const folder = tenant({
  "clients/web.json": {
    name: "web",
    client_id: "web",
    client_secret: "a-secret-of-the-application-for-tests-only",
    app_type: "regular_web",
    callbacks: [`${application.origin}/callback`],
    grant_types: ["authorization_code", "refresh_token"],
    token_endpoint_auth_method: "client_secret_post",
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
});
const server = await serve(postlogin, folder);
const browser = await launch(server.ca);

const authorize = new URLSearchParams({
  client_id: "web",
  response_type: "code",
  redirect_uri: `${application.origin}/callback`,
  state: "s",
});

async function logsIn(scripts) {
  const person = await visitor(browser, { scripts });
  const { page } = person;
  await page.goto(`${server.url}authorize?${authorize}`);
  expect("faults of the page", await person.judge(`login-${scripts ? "scripts" : "no-scripts"}`), []);
  await page.fill("input[name=username]", "ada@example.org");
  await page.fill("input[name=password]", "wrong");
  await page.click("button[type=submit]");
  await page.waitForSelector("[role=alert]");
  await page.fill("input[name=password]", PASSWORD);
  await page.click("button[type=submit]");
  await page.waitForURL(`${application.origin}/callback?**`);
  expect("state", new URL(page.url()).searchParams.get("state"), "s");
  expect("requests to others", person.strangers, []);
  await person.close();
}

await judge(
  "browser",
  [
    ["somebody logs in", () => logsIn(true)],
    ["somebody logs in without scripts", () => logsIn(false)],
  ],
  only,
);
await browser.close();
await server.end();
application.end();
