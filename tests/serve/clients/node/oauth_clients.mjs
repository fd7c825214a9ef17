// Libraries for OAuth alone: simple-oauth2, client-oauth2 and @badgateway/oauth2-client.

import { OAuth2Client, generateCodeVerifier } from "@badgateway/oauth2-client";
import ClientOAuth2 from "client-oauth2";
import { AuthorizationCode, ClientCredentials, ResourceOwnerPassword } from "simple-oauth2";
import { expect, judge } from "../../verdict.mjs";
import { Person } from "./person.mjs";
import { setting } from "./setting.mjs";

const callback = setting.callbacks.web;
const at = (path) => new URL(path, setting.issuer).href;
const scope = ["openid", "profile", "offline_access"];
const came = async (url) => new URL((await new Person().visit(url, callback)).url);
const differs = (first, second) => expect("whether the access token is a new one", first !== second, true);

const simple = (id, authorizationMethod, more = {}) => ({
  client: { id, secret: setting.secret },
  auth: { tokenHost: setting.issuer, tokenPath: "/oauth/token", ...more },
  options: { authorizationMethod },
});

const gateway = (clientId, more = {}) =>
  new OAuth2Client({ server: setting.issuer, clientId, clientSecret: setting.secret, ...more });

await judge(
  "OAuth",
  [
    ...["header", "body"].map((method) => [
      `simple-oauth2, secret in the ${method}: code, refresh, revocation`,
      async () => {
        const client = new AuthorizationCode(simple("web", method, { authorizePath: "/authorize", revokePath: "/oauth/revoke" }));
        const url = client.authorizeURL({ redirect_uri: callback, scope, state: "s" });
        const code = (await came(url)).searchParams.get("code");
        const token = await client.getToken({ code, redirect_uri: callback, scope });
        const next = await token.refresh({ scope });
        differs(token.token.access_token, next.token.access_token);
        await next.revokeAll();
        expect("status of a refresh after it", await next.refresh().catch((problem) => problem.output.statusCode), 400);
      },
    ]),
    [
      "simple-oauth2: client credentials and password",
      async () => {
        const machine = await new ClientCredentials(simple("machine", "body")).getToken({ audience: setting.api });
        expect("scope", machine.token.scope, "read:things");
        const person = { username: "ada@example.org", password: setting.password, scope: "openid" };
        const token = await new ResourceOwnerPassword(simple("machine", "header")).getToken(person);
        expect("whether there is an ID token", typeof token.token.id_token, "string");
      },
    ],
    [
      "client-oauth2: code, refresh, client credentials, password",
      async () => {
        const of = (clientId) =>
          new ClientOAuth2({
            clientId,
            clientSecret: setting.secret,
            accessTokenUri: at("oauth/token"),
            authorizationUri: at("authorize"),
            redirectUri: callback,
            scopes: scope,
          });
        const client = of("web");
        const token = await client.code.getToken((await came(client.code.getUri({ state: "s" }))).href);
        differs(token.accessToken, (await token.refresh()).accessToken);
        const machine = await of("machine").credentials.getToken({ scopes: [], body: { audience: setting.api } });
        expect("scope", machine.data.scope, "read:things");
        const person = await of("machine").owner.getToken("ada@example.org", setting.password, { scopes: ["openid"] });
        expect("whether there is an ID token", typeof person.data.id_token, "string");
      },
    ],
    [
      "@badgateway/oauth2-client by discovery: code with PKCE, refresh, introspection, revocation, client credentials",
      async () => {
        const client = gateway("web", { discoveryEndpoint: "/.well-known/oauth-authorization-server" });
        const codeVerifier = await generateCodeVerifier();
        const given = { redirectUri: callback, state: "s", codeVerifier };
        const url = await client.authorizationCode.getAuthorizeUri({ ...given, scope });
        const token = await client.authorizationCode.getTokenFromCodeRedirect((await came(url)).href, given);
        const next = await client.refreshToken(token);
        differs(token.accessToken, next.accessToken);
        expect("active", (await client.introspect(next)).active, true);
        await client.revoke(next, "refresh_token");
        expect("error", await client.refreshToken(next).catch((problem) => problem.oauth2Code), "invalid_grant");
        const machine = await gateway("machine").clientCredentials({ resource: [setting.api] });
        expect("whether there is a token", typeof machine.accessToken, "string");
      },
    ],
  ],
  process.argv[2],
);
