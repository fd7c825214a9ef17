exports.onExecutePostLogin = async (event, api) => {
  api.samlResponse.setAttribute('http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn', event.user.email.toUpperCase());
  api.samlResponse.setAttribute('groups', event.authorization.roles.map(r => `CN=${r},OU=Groups`));
  api.samlResponse.setNameIdentifierFormat('urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress');
};
