// oidc-client-ts in Chromium: login, silent renewal by refresh token and by frame, logout.

import { launch, visitor } from "../../chromium.mjs";
import { expect, judge } from "../../verdict.mjs";
import { application, comesTo, logIn } from "./pages.mjs";
import { domain, setting } from "./setting.mjs";

const port = setting.ports.oidc_ts;
const origin = `https://localhost:${port}`;
const library = "node_modules/oidc-client-ts/dist/browser/oidc-client-ts.min.js";
const silent = "<script>new oidc.UserManager({}).signinSilentCallback()</script>";
const site = await application(port, library, silent);
const browser = await launch(setting.cert);

async function opened(scope) {
  const { page, context } = await visitor(browser);
  const options = {
    authority: setting.issuer,
    client_id: "ts",
    redirect_uri: `${origin}/`,
    silent_redirect_uri: `${origin}/silent`,
    post_logout_redirect_uri: `${origin}/`,
    scope,
    loadUserInfo: true,
  };
  const begin = () =>
    page.evaluate((given) => {
      window.manager = new oidc.UserManager(given);
    }, options);
  await page.goto(`${origin}/`);
  await begin();
  await Promise.all([page.waitForURL((url) => url.host === domain), page.evaluate(() => void window.manager.signinRedirect())]);
  await logIn(page, origin);
  await begin();
  const user = await page.evaluate(() => window.manager.signinRedirectCallback().then(({ profile, access_token }) => ({ profile, access_token })));
  return { page, user, begin, end: () => context.close() };
}

const renewed = (page) => page.evaluate(() => window.manager.signinSilent().then(({ access_token }) => access_token));

await judge(
  "oidc-client-ts",
  [
    [
      "login with userinfo, renewal by refresh token",
      async () => {
        const { page, user, end } = await opened("openid email offline_access");
        expect("email", user.profile.email, "ada@example.org");
        expect("whether the tokens differ", (await renewed(page)) !== user.access_token, true);
        await end();
      },
    ],
    [
      "renewal in a frame, logout",
      async () => {
        const { page, user, begin, end } = await opened("openid email");
        expect("whether the tokens differ", (await renewed(page)) !== user.access_token, true);
        await Promise.all([
          comesTo(page, origin),
          page.evaluate(() => void window.manager.signoutRedirect()),
        ]);
        await page.waitForLoadState();
        await page.goto(`${origin}/`);
        await begin();
        const error = await page.evaluate(() => window.manager.signinSilent().then(() => "none", (problem) => problem.error));
        expect("error after the logout", error, "login_required");
        await end();
      },
    ],
  ],
  process.argv[2],
);
await browser.close();
site.end();
