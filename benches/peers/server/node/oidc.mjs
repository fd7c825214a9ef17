// npm oidc-provider, as it comes but for what the measurement asks for: oidc.mjs KEY
// Prints one line of JSON once it listens: its URL, and a refresh token for the client "app".

import { createPrivateKey } from "node:crypto";
import { readFileSync } from "node:fs";
import Provider from "oidc-provider";

const API = "urn:measure:api";
const jwk = createPrivateKey(readFileSync(process.argv[2])).export({ format: "jwk" });
const port = Number(process.argv[3]);
const issuer = `http://localhost:${port}`;

const provider = new Provider(issuer, {
  jwks: { keys: [{ ...jwk, alg: "RS256", use: "sig", kid: "measured" }] },
  clients: [
    {
      client_id: "machine",
      client_secret: "secret-of-the-machine",
      grant_types: ["client_credentials"],
      redirect_uris: [],
      response_types: [],
      token_endpoint_auth_method: "client_secret_post",
    },
    {
      client_id: "app",
      client_secret: "secret-of-the-application",
      grant_types: ["authorization_code", "refresh_token"],
      redirect_uris: ["https://app.example/callback"],
      token_endpoint_auth_method: "client_secret_post",
    },
  ],
  features: {
    clientCredentials: { enabled: true },
    devInteractions: { enabled: false },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => API,
      useGrantedResource: () => true,
      getResourceServerInfo: () => ({
        scope: "read",
        audience: API,
        accessTokenFormat: "jwt",
        jwt: { sign: { alg: "RS256" } },
      }),
    },
  },
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, email: "ada@example.org" }) }),
  rotateRefreshToken: false,
  ttl: { AccessToken: 3600, ClientCredentials: 3600, IdToken: 3600, Grant: 86400, RefreshToken: 86400 },
});

async function refreshToken() {
  const grant = new provider.Grant({ clientId: "app", accountId: "ada" });
  grant.addOIDCScope("openid email offline_access");
  grant.addResourceScope(API, "read");
  const grantId = await grant.save();
  const token = new provider.RefreshToken({
    accountId: "ada",
    client: await provider.Client.find("app"),
    grantId,
    gty: "authorization_code",
    resource: API,
    scope: "openid email offline_access read",
    authTime: Math.floor(Date.now() / 1000),
    claims: {},
  });
  return token.save();
}

const token = await refreshToken();
provider.listen(port, "127.0.0.1", () => console.log(JSON.stringify({ url: issuer, refresh_token: token })));
