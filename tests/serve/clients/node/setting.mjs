// What the runner says (clients/__main__.py): `issuer`, `secret`, `api`, `key` (a JWK), `ca`, `cert`, `tls_key`, and the callbacks by client.
export const setting = JSON.parse(process.env.POSTLOGIN_CLIENTS);
/** As the platform's own libraries write the place of a tenant. */
export const domain = new URL(setting.issuer).host;
