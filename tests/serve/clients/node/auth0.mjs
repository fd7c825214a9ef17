// auth0: the platform's own library for servers; its `oauth` part.

import { AuthenticationClient, UserInfoClient } from "auth0";
import { createHash, randomBytes } from "node:crypto";
import { expect, judge } from "../../verdict.mjs";
import { Person } from "./person.mjs";
import { domain, setting } from "./setting.mjs";

const callback = setting.callbacks.post;
const of = (clientId) => new AuthenticationClient({ domain, clientId, clientSecret: setting.secret });

async function code(clientId, redirect_uri, more = {}) {
  const url = new URL("authorize", setting.issuer);
  const scope = "openid profile offline_access";
  url.search = new URLSearchParams({ client_id: clientId, redirect_uri, response_type: "code", scope, ...more });
  const { url: came } = await new Person().visit(url, redirect_uri);
  return new URL(came).searchParams.get("code");
}

await judge(
  "auth0",
  [
    [
      "code, userinfo, refresh, revocation",
      async () => {
        const { oauth } = of("post");
        const given = { code: await code("post", callback), redirect_uri: callback };
        const { data } = await oauth.authorizationCodeGrant(given);
        const user = await new UserInfoClient({ domain }).getUserInfo(data.access_token);
        expect("sub", user.data.sub, "auth0|ada");
        const next = await oauth.refreshTokenGrant({ refresh_token: data.refresh_token });
        await oauth.revokeRefreshToken({ token: next.data.refresh_token });
        const again = oauth.refreshTokenGrant({ refresh_token: next.data.refresh_token });
        expect("error", await again.catch((error) => error.error), "invalid_grant");
      },
    ],
    [
      "code with PKCE",
      async () => {
        const code_verifier = randomBytes(32).toString("base64url");
        const code_challenge = createHash("sha256").update(code_verifier).digest("base64url");
        const more = { code_challenge, code_challenge_method: "S256" };
        const given = { code: await code("post", callback, more), redirect_uri: callback, code_verifier };
        const { data } = await of("post").oauth.authorizationCodeGrantWithPKCE(given);
        expect("token_type", data.token_type, "Bearer");
      },
    ],
    [
      "client credentials",
      async () => {
        const { data } = await of("machine").oauth.clientCredentialsGrant({ audience: setting.api });
        expect("scope", data.scope, "read:things");
      },
    ],
    [
      "password, with and without a realm",
      async () => {
        const { oauth } = of("machine");
        const person = { username: "ada@example.org", password: "correct horse", scope: "openid offline_access" };
        for (const more of [{}, { realm: "db" }]) {
          const { data } = await oauth.passwordGrant({ ...person, ...more });
          expect("whether there is an ID token", typeof data.id_token, "string");
        }
        const wrong = oauth.passwordGrant({ ...person, password: "wrong" });
        expect("error", await wrong.catch((error) => [error.statusCode, error.error]), [400, "invalid_grant"]);
      },
    ],
  ],
  process.argv[2],
);
