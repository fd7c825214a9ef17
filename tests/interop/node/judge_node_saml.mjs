// Judge: @node-saml/node-saml takes the response, with what it can demand demanded, and reads the
// expected values. It never compares Issuer, Destination, Recipient or Status.

import { readFileSync } from "node:fs";
import { SAML, ValidateInResponseTo } from "@node-saml/node-saml";
import { Refused, expect, run } from "./verdict.mjs";

await run("node-saml", "saml", async (one, read) => {
  const saml = new SAML({
    callbackUrl: one.acs_url,
    entryPoint: `https://idp.test/samlp/${one.client}`,
    issuer: one.audience,
    audience: one.audience,
    idpCert: readFileSync(one.idp_cert_file, "utf8"),
    decryptionPvk: readFileSync(one.sp_key_file, "utf8"),
    wantAssertionsSigned: ["assertion", "both"].includes(one.signed),
    wantAuthnResponseSigned: ["response", "both"].includes(one.signed),
    acceptedClockSkewMs: 0,
    validateInResponseTo: one.in_response_to ? ValidateInResponseTo.always : ValidateInResponseTo.never,
    cacheProvider: sentRequests(one.in_response_to),
  });
  const { profile } = await saml
    .validatePostResponseAsync({ SAMLResponse: read(one.response_base64_file) })
    .catch((error) => {
      throw new Refused(error.message);
    });
  expect("NameID", profile.nameID, one.expected_name_id);
  expect("NameID format", profile.nameIDFormat, one.expected_name_id_format);
  expect("InResponseTo", profile.inResponseTo ?? null, one.in_response_to);
  expectAttributes(profile.attributes ?? {}, one.expected_attributes);
});

/** What the service provider remembers of its requests. */
function sentRequests(id) {
  const sent = new Map(id ? [[id, new Date().toISOString()]] : []);
  return {
    saveAsync: async (key, value) => sent.set(key, value),
    getAsync: async (key) => sent.get(key) ?? null,
    removeAsync: async (key) => sent.delete(key),
  };
}

/** The same names with the same values; a single value is read without its list, an empty one as null. */
function expectAttributes(found, expected) {
  expect("attribute names", Object.keys(found).sort(), Object.keys(expected).sort());
  for (const [name, values] of Object.entries(expected)) {
    expect(`attribute ${JSON.stringify(name)}`, [found[name]].flat().map((value) => value ?? ""), values);
  }
}
