// Single logout with @node-saml/node-saml: a case a line of JSON on standard input, an answer a line on standard
// output, `{"refused": reason}` or what was asked for. judge_logout.py asks.

import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { SAML } from "@node-saml/node-saml";

const steps = {
  metadata: async (saml, one) => saml.generateServiceProviderMetadata(one.certificate, one.certificate),
  ask: async (saml, one) => saml.getLogoutUrlAsync(one.user, one.relay_state, {}),
  answer: async (saml, one) => saml.getLogoutResponseUrlAsync({ ID: one.id }, one.relay_state, {}, true),
  read: async (saml, one) => {
    if (one.query) return (await saml.validateRedirectAsync(one.fields, one.query)).profile;
    if (one.fields.SAMLRequest) return (await saml.validatePostRequestAsync(one.fields)).profile;
    return (await saml.validatePostResponseAsync(one.fields)).profile;
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const one = JSON.parse(line);
  const key = readFileSync(one.sp_key_file, "utf8");
  const saml = new SAML({ ...one.options, privateKey: key, decryptionPvk: key });
  const answer = await steps[one.step](saml, one).then(
    (done) => ({ done: done ?? null }),
    (error) => ({ refused: error.message }),
  );
  console.log(JSON.stringify(answer));
}
