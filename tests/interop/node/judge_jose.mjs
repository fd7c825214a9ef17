// Judge: jose decrypts and verifies each token with the issuer's keys and reads the expected claims.

import { createPrivateKey, webcrypto } from "node:crypto";
import { readFileSync } from "node:fs";
import { Refused, expect, run } from "./verdict.mjs";

globalThis.crypto ??= webcrypto;
const { compactDecrypt, createLocalJWKSet, errors, jwtVerify } = await import("jose");

await run("jose", "jwt", async (one, read) => {
  const key = one.secret
    ? new TextEncoder().encode(one.secret)
    : createLocalJWKSet(JSON.parse(read(one.jwks_file)));
  const demands = {
    issuer: one.issuer,
    audience: one.audience,
    algorithms: [one.alg],
    typ: one.typ,
    clockTolerance: 0,
    requiredClaims: ["iss", "sub", "aud", "iat", "exp"],
  };
  try {
    const token = one.jwe_key_file ? await decrypt(one) : one.jwt;
    const { payload, protectedHeader } = await jwtVerify(token, key, demands);
    if (!one.secret) expect("kid", typeof protectedHeader.kid, "string");
    if (payload.iat > Date.now() / 1000) throw new Refused("iat is in the future");
    for (const [name, value] of Object.entries(one.claims)) expect(`claim ${name}`, payload[name], value);
  } catch (error) {
    if (error instanceof errors.JOSEError) throw new Refused(`${error.code}: ${error.message}`);
    throw error;
  }
});

async function decrypt(one) {
  const key = createPrivateKey(readFileSync(one.jwe_key_file));
  const { plaintext, protectedHeader } = await compactDecrypt(one.jwt, key, {
    keyManagementAlgorithms: [one.jwe_alg],
    contentEncryptionAlgorithms: ["A256GCM"],
  });
  expect("cty", protectedHeader.cty, "JWT");
  return new TextDecoder().decode(plaintext);
}
