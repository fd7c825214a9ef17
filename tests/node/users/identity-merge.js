exports.onExecutePostLogin = async (event, api) => {
  const social = event.user.identities.filter(i => i.isSocial);
  const merged = event.user.identities.reduce((all, { provider, profileData = {} }) => ({ ...all, [provider]: Object.keys(profileData).sort() }), {});
  console.log(social.length, merged);
  social.forEach(({ provider, user_id, profileData }) => api.idToken.setCustomClaim(`https://example.org/${provider}`, { user_id, ...profileData }));
  if (social.every(({ profileData }) => profileData.email_verified)) api.user.setUserMetadata('social_verified', true);
};
