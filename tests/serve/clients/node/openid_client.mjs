// openid-client 6: a certified relying party.

import * as client from "openid-client";
import { expect, judge } from "../../verdict.mjs";
import { Person } from "./person.mjs";
import { setting } from "./setting.mjs";

const issuer = new URL(setting.issuer);
const callback = setting.callbacks.web;

async function login(config, more = {}, checks = {}, person = new Person()) {
  const code_verifier = client.randomPKCECodeVerifier();
  const state = client.randomState();
  const nonce = client.randomNonce();
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: callback,
    scope: "openid profile email offline_access",
    code_challenge: await client.calculatePKCECodeChallenge(code_verifier),
    code_challenge_method: "S256",
    state,
    nonce,
    ...more,
  });
  const { url: came, asked } = await person.visit(url, callback);
  const tokens = await client.authorizationCodeGrant(config, new URL(came), {
    pkceCodeVerifier: code_verifier,
    expectedState: state,
    expectedNonce: nonce,
    idTokenExpected: true,
    ...checks,
  });
  return { tokens, asked, person };
}

function methods() {
  const key = { kid: setting.key.kid };
  return [
    ["client_secret_basic", "web", client.ClientSecretBasic(setting.secret)],
    ["client_secret_post", "post", client.ClientSecretPost(setting.secret)],
    ["private_key_jwt", "key", async (...given) => client.PrivateKeyJwt({ ...key, key: await signer() })(...given)],
    ["none", "spa", client.None()],
  ];
}

const signer = () =>
  crypto.subtle.importKey("jwk", setting.key, { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" }, false, ["sign"]);

const tests = methods().map(([method, id, authentication]) => [
  `${method}: login, userinfo, refresh, revocation`,
  async () => {
    const config = await client.discovery(issuer, id, { redirect_uris: [callback] }, authentication);
    client.enableNonRepudiationChecks(config);
    const { tokens } = await login(config);
    const claims = tokens.claims();
    expect("sub", claims.sub, "auth0|ada");
    const user = await client.fetchUserInfo(config, tokens.access_token, claims.sub);
    expect("email", user.email, "ada@example.org");
    const next = await client.refreshTokenGrant(config, tokens.refresh_token);
    expect("sub after a refresh", next.claims().sub, claims.sub);
    expect("whether the token is rotated", next.refresh_token !== tokens.refresh_token, true);
    await client.tokenRevocation(config, next.refresh_token);
    await refused(client.refreshTokenGrant(config, next.refresh_token), "invalid_grant");
  },
]);

async function refused(promise, error) {
  const found = await promise.then(
    () => "accepted",
    (problem) => problem.error ?? String(problem),
  );
  expect("error", found, error);
}

const web = () => client.discovery(issuer, "web", undefined, client.ClientSecretBasic(setting.secret));

tests.push(
  [
    "client credentials and introspection",
    async () => {
      const config = await client.discovery(issuer, "machine", undefined, client.ClientSecretPost(setting.secret));
      const tokens = await client.clientCredentialsGrant(config, { audience: setting.api, scope: "read:things" });
      expect("scope", tokens.scope, "read:things");
      const seen = await client.tokenIntrospection(config, tokens.access_token);
      expect("active", seen.active, true);
      expect("active for another client", (await client.tokenIntrospection(await web(), tokens.access_token)).active, false);
    },
  ],
  [
    "silent login, max_age, hint",
    async () => {
      const config = await web();
      const first = await login(config, { max_age: "600" }, { maxAge: 600 });
      const silent = await login(config, { prompt: "none", id_token_hint: first.tokens.id_token }, {}, first.person);
      expect("times asked", silent.asked, 0);
      expect("sub", silent.tokens.claims().sub, first.tokens.claims().sub);
      const again = await login(config, { prompt: "login" }, {}, first.person);
      expect("times asked with prompt=login", again.asked, 1);
      await refused(login(config, { prompt: "none" }), "login_required");
    },
  ],
  [
    "an answer by form_post",
    async () => {
      const config = await web();
      const state = client.randomState();
      const url = client.buildAuthorizationUrl(config, {
        redirect_uri: callback,
        scope: "openid",
        response_mode: "form_post",
        state,
      });
      const { form } = await new Person().visit(url, callback);
      const request = new Request(callback, {
        method: "POST",
        body: form.toString(),
        headers: { "content-type": "application/x-www-form-urlencoded" },
      });
      const tokens = await client.authorizationCodeGrant(config, request, { expectedState: state, idTokenExpected: true });
      expect("sub", tokens.claims().sub, "auth0|ada");
    },
  ],
  [
    "hybrid and implicit answers",
    async () => {
      const hybrid = await client.discovery(issuer, "hybrid", undefined, client.ClientSecretPost(setting.secret));
      client.useCodeIdTokenResponseType(hybrid);
      const redirect_uri = setting.callbacks.hybrid;
      const nonce = client.randomNonce();
      const url = client.buildAuthorizationUrl(hybrid, { redirect_uri, scope: "openid", nonce, state: "s" });
      const { url: came } = await new Person().visit(url, redirect_uri);
      const checks = { expectedNonce: nonce, expectedState: "s" };
      const tokens = await client.authorizationCodeGrant(hybrid, new URL(came), checks);
      expect("sub", tokens.claims().sub, "auth0|ada");

      const implicit = await client.discovery(issuer, "hybrid");
      client.useIdTokenResponseType(implicit);
      const asked = client.buildAuthorizationUrl(implicit, { redirect_uri, scope: "openid", nonce, state: "s" });
      const answer = await new Person().visit(asked, redirect_uri);
      const claims = await client.implicitAuthentication(implicit, new URL(answer.url), nonce, { expectedState: "s" });
      expect("sub", claims.sub, "auth0|ada");
    },
  ],
  [
    "RP-initiated logout",
    async () => {
      const config = await web();
      const { tokens, person } = await login(config);
      const url = client.buildEndSessionUrl(config, {
        id_token_hint: tokens.id_token,
        post_logout_redirect_uri: setting.out.web,
        state: "s",
      });
      expect("where it ends", (await person.visit(url, setting.out.web)).url, `${setting.out.web}?state=s`);
      await refused(login(config, { prompt: "none" }, {}, person), "login_required");
    },
  ],
);

await judge("openid-client", tests, process.argv[2]);
