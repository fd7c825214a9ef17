// openid-client 5, which next-auth 4 and many other packages still log in with.

import { Issuer, generators } from "openid-client-5";
import { expect, judge } from "../../verdict.mjs";
import { Person } from "./person.mjs";
import { setting } from "./setting.mjs";

const callback = setting.callbacks.web;

async function party(client_id, more) {
  const issuer = await Issuer.discover(setting.issuer);
  const { keys, ...metadata } = more;
  return new issuer.Client({ client_id, redirect_uris: [callback], response_types: ["code"], ...metadata }, keys && { keys });
}

async function login(client, more = {}, person = new Person()) {
  const [code_verifier, state, nonce] = [generators.codeVerifier(), generators.state(), generators.nonce()];
  const url = client.authorizationUrl({
    redirect_uri: callback,
    scope: "openid profile email offline_access",
    code_challenge: generators.codeChallenge(code_verifier),
    code_challenge_method: "S256",
    state,
    nonce,
    ...more,
  });
  const { url: came, form } = await person.visit(url, callback);
  const request = form ? { method: "POST", url: callback, body: form.toString() } : came;
  return client.callback(callback, client.callbackParams(request), { code_verifier, state, nonce });
}

const secret = { client_secret: setting.secret };
const methods = {
  client_secret_basic: ["web", secret],
  client_secret_post: ["post", { ...secret, token_endpoint_auth_method: "client_secret_post" }],
  private_key_jwt: ["key", { token_endpoint_auth_method: "private_key_jwt", keys: [setting.key] }],
  none: ["spa", { token_endpoint_auth_method: "none" }],
};

await judge(
  "openid-client 5",
  [
    ...Object.entries(methods).map(([method, [id, more]]) => [
      `${method}: login, userinfo, refresh, revocation`,
      async () => {
        const client = await party(id, more);
        const tokens = await login(client);
        expect("email", (await client.userinfo(tokens)).email, "ada@example.org");
        const next = await client.refresh(tokens);
        expect("sub", next.claims().sub, "auth0|ada");
        await client.revoke(next.refresh_token);
        expect("error", await client.refresh(next).catch((problem) => problem.error), "invalid_grant");
      },
    ]),
    [
      "an answer by form_post",
      async () => {
        const tokens = await login(await party("web", secret), { response_mode: "form_post" });
        expect("sub", tokens.claims().sub, "auth0|ada");
      },
    ],
    [
      "RP-initiated logout",
      async () => {
        const [client, person] = [await party("web", secret), new Person()];
        const { id_token } = await login(client, {}, person);
        const url = client.endSessionUrl({ id_token_hint: id_token, post_logout_redirect_uri: setting.out.web, state: "s" });
        expect("where it ends", (await person.visit(url, setting.out.web)).url, `${setting.out.web}?state=s`);
        const silent = login(client, { prompt: "none" }, person);
        expect("error", await silent.catch((problem) => problem.error), "login_required");
      },
    ],
  ],
  process.argv[2],
);
