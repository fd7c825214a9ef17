// APIs that check access tokens: express-oauth2-jwt-bearer, and express-jwt with jwks-rsa.

import express from "express";
import { expressjwt } from "express-jwt";
import { auth, requiredScopes } from "express-oauth2-jwt-bearer";
import jwks from "jwks-rsa";
import { once } from "node:events";
import { expect, judge } from "../../verdict.mjs";
import { setting } from "./setting.mjs";

async function token(audience, more = {}) {
  const body = { grant_type: "client_credentials", client_id: "machine", client_secret: setting.secret, audience, ...more };
  const response = await fetch(new URL("oauth/token", setting.issuer), { method: "POST", body: new URLSearchParams(body) });
  return (await response.json()).access_token;
}

/** What a route behind these handlers answers to whoever brings this token. */
async function asked(handlers, bearer) {
  const app = express();
  app.get("/", ...handlers, (request, response) => response.json((request.auth.payload ?? request.auth).scope));
  app.use((error, request, response, next) => response.status(error.status ?? 500).send(error.message));
  const server = app.listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    const headers = bearer && { authorization: `Bearer ${bearer}` };
    const response = await fetch(`http://127.0.0.1:${server.address().port}/`, { headers });
    return [response.status, await response.text()];
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

const bearer = (audience, more) => auth({ issuerBaseURL: setting.issuer, audience, ...more });
const jwt = (audience) =>
  expressjwt({
    secret: jwks.expressJwtSecret({ cache: true, rateLimit: true, jwksUri: new URL(".well-known/jwks.json", setting.issuer).href }),
    audience,
    issuer: setting.issuer,
    algorithms: ["RS256"],
  });

await judge(
  "APIs",
  [
    [
      "express-oauth2-jwt-bearer: a token with its scope, and none",
      async () => {
        const handlers = [bearer(setting.api), requiredScopes("read:things")];
        expect("answer", await asked(handlers, await token(setting.api)), [200, '"read:things"']);
        expect("status without a token", (await asked(handlers))[0], 401);
        const other = [bearer("https://other.example/")];
        expect("status at another API", (await asked(other, await token(setting.api)))[0], 401);
      },
    ],
    [
      "express-oauth2-jwt-bearer, strict: a token of RFC 9068",
      async () => {
        const handlers = [bearer(setting.rfc9068, { strict: true })];
        expect("status", (await asked(handlers, await token(setting.rfc9068)))[0], 200);
      },
    ],
    [
      "express-jwt with jwks-rsa: a token, and one of another API",
      async () => {
        expect("answer", await asked([jwt(setting.api)], await token(setting.api)), [200, '"read:things"']);
        expect("status at another API", (await asked([jwt("https://other.example/")], await token(setting.api)))[0], 401);
      },
    ],
  ],
  process.argv[2],
);
