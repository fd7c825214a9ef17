exports.onExecutePostLogin = async (event, api) => {
  const { confidence, assessments } = event.authentication?.riskAssessment ?? {};
  const failed = Object.entries(assessments ?? {}).filter(([, a]) => a.confidence === 'low').map(([name]) => name);
  console.log(confidence, failed);
  if (failed.includes('ImpossibleTravel')) {
    api.authentication.challengeWithAny([{ type: 'otp' }, { type: 'webauthn-roaming' }]);
  }
};
