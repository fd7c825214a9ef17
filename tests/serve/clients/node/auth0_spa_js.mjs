// @auth0/auth0-spa-js in Chromium: login, silent login in a frame (web_message), rotating refresh tokens, logout.

import { launch, visitor } from "../../chromium.mjs";
import { expect, judge } from "../../verdict.mjs";
import { application, comesTo, logIn } from "./pages.mjs";
import { domain, setting } from "./setting.mjs";

const port = setting.ports.spa;
const site = await application(port, "node_modules/@auth0/auth0-spa-js/dist/auth0-spa-js.production.js");
const browser = await launch(setting.cert);

/** A visitor at the application, whose page has the client `auth0`. */
async function opened(host, clientId, more = {}) {
  const { page, context } = await visitor(browser);
  const origin = `https://${host}:${port}`;
  const options = {
    domain,
    clientId,
    authorizationParams: { redirect_uri: `${origin}/`, scope: "openid profile email" },
    ...more,
  };
  const begin = async (url) => {
    await page.goto(url);
    await page.evaluate(async (given) => {
      window.auth0Client = new auth0.Auth0Client(given);
    }, options);
  };
  await begin(`${origin}/`);
  const login = async () => {
    await Promise.all([
      page.waitForURL((url) => url.host === domain),
      page.evaluate(() => void window.auth0Client.loginWithRedirect()),
    ]);
    await logIn(page, origin);
    await page.evaluate(async (given) => {
      window.auth0Client = new auth0.Auth0Client(given);
      await window.auth0Client.handleRedirectCallback();
    }, options);
  };
  const reload = () => begin(`${origin}/`);
  return { page, origin, login, reload, end: () => context.close() };
}

const silently = (page) => page.evaluate(() => window.auth0Client.getTokenSilently({ cacheMode: "off", detailedResponse: true }));

await judge(
  "@auth0/auth0-spa-js",
  [
    [
      "login, user, silent login in a frame, logout",
      async () => {
        const { page, origin, login, reload, end } = await opened("localhost", "app-iframe");
        await login();
        const user = await page.evaluate(() => window.auth0Client.getUser());
        expect("email", user.email, "ada@example.org");
        const first = await silently(page);
        const second = await silently(page);
        expect("whether the tokens differ", first.access_token !== second.access_token, true);
        await reload();
        await page.evaluate(() => window.auth0Client.getTokenSilently({ cacheMode: "off" }));
        expect("sub", (await page.evaluate(() => window.auth0Client.getUser())).sub, "auth0|ada");
        await Promise.all([
          comesTo(page, origin),
          page.evaluate((returnTo) => void window.auth0Client.logout({ logoutParams: { returnTo } }), `${origin}/`),
        ]);
        await page.waitForLoadState();
        await reload();
        const error = await page.evaluate(() =>
          window.auth0Client.getTokenSilently({ cacheMode: "off" }).then(() => "none", (problem) => problem.error),
        );
        expect("error after the logout", error, "login_required");
        await end();
      },
    ],
    [
      "rotating refresh tokens at another site than the server's",
      async () => {
        const how = { useRefreshTokens: true, cacheLocation: "localstorage" };
        const { page, login, reload, end } = await opened("app.other.test", "app", how);
        await login();
        const first = await silently(page);
        const second = await silently(page);
        expect("whether the access tokens differ", first.access_token !== second.access_token, true);
        await reload();
        const third = await silently(page);
        expect("whether it goes on after a reload", third.access_token !== second.access_token, true);
        expect("sub", (await page.evaluate(() => window.auth0Client.getUser())).sub, "auth0|ada");
        await end();
      },
    ],
  ],
  process.argv[2],
);
await browser.close();
site.end();
