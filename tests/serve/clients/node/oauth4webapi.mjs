// oauth4webapi: the protocol without conveniences; it verifies each step by itself.

import * as oauth from "oauth4webapi";
import { expect, judge } from "../../verdict.mjs";
import { Person } from "./person.mjs";
import { setting } from "./setting.mjs";

const issuer = new URL(setting.issuer);
const callback = setting.callbacks.web;
const me = { client_id: "web" };
const proof = oauth.ClientSecretBasic(setting.secret);

const discovered = async (algorithm) =>
  oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, { algorithm }));

async function login(server, person = new Person(), more = {}) {
  const verifier = oauth.generateRandomCodeVerifier();
  const url = new URL(server.authorization_endpoint);
  const asked = {
    client_id: me.client_id,
    redirect_uri: callback,
    response_type: "code",
    scope: "openid email offline_access",
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
    state: "state",
    nonce: "nonce",
    ...more,
  };
  url.search = new URLSearchParams(asked);
  const came = await person.visit(url, callback);
  const answer = oauth.validateAuthResponse(server, me, new URL(came.url), "state");
  const response = await oauth.authorizationCodeGrantRequest(server, me, proof, answer, callback, verifier);
  const checks = { expectedNonce: "nonce", requireIdToken: true };
  const tokens = await oauth.processAuthorizationCodeResponse(server, me, response, checks);
  await oauth.validateApplicationLevelSignature(server, response);
  return tokens;
}

await judge(
  "oauth4webapi",
  [
    [
      "login, userinfo, refresh, introspection, revocation",
      async () => {
        const server = await discovered("oidc");
        const tokens = await login(server);
        const { sub } = oauth.getValidatedIdTokenClaims(tokens);
        const asked = await oauth.userInfoRequest(server, me, tokens.access_token);
        expect("email", (await oauth.processUserInfoResponse(server, me, sub, asked)).email, "ada@example.org");
        const again = await oauth.refreshTokenGrantRequest(server, me, proof, tokens.refresh_token);
        const next = await oauth.processRefreshTokenResponse(server, me, again);
        const seen = await oauth.introspectionRequest(server, me, proof, next.refresh_token);
        expect("active", (await oauth.processIntrospectionResponse(server, me, seen)).active, true);
        const ended = await oauth.revocationRequest(server, me, proof, next.refresh_token);
        await oauth.processRevocationResponse(ended);
        const gone = await oauth.introspectionRequest(server, me, proof, next.refresh_token);
        expect("active", (await oauth.processIntrospectionResponse(server, me, gone)).active, false);
      },
    ],
    [
      "an access token for an API is one of RFC 9068",
      async () => {
        const server = await discovered("oidc");
        const tokens = await login(server, new Person(), { audience: setting.rfc9068 });
        const request = new Request(setting.rfc9068, { headers: { authorization: `Bearer ${tokens.access_token}` } });
        const claims = await oauth.validateJwtAccessToken(server, request, setting.rfc9068);
        expect("client_id", claims.client_id, "web");
      },
    ],
    [
      "an error is a validated answer, too",
      async () => {
        const server = await discovered("oauth2");
        const url = new URL(server.authorization_endpoint);
        const asked = { client_id: "web", redirect_uri: callback, response_type: "code", prompt: "none", state: "state" };
        url.search = new URLSearchParams(asked);
        const came = await new Person().visit(url, callback);
        try {
          oauth.validateAuthResponse(server, me, new URL(came.url), "state");
        } catch (error) {
          return expect("error", error.error, "login_required");
        }
        throw new Error("no error");
      },
    ],
  ],
  process.argv[2],
);
