class Step {
  #name;
  static count = 0;
  constructor(name) { this.#name = name; Step.count++; }
  get name() { return this.#name; }
  async run() { throw new Error(`${this.#name} has no run`); }
}
class RoleStep extends Step {
  constructor(claim) { super('roles'); this.claim = claim; }
  async run({ event, api }) { api.idToken.setCustomClaim(this.claim, event.authorization.roles); }
}
class EmailStep extends Step {
  constructor() { super('email'); }
  static { this.pattern = /^[^@\s]+@(?<domain>[^@\s]+)$/u; }
  async run({ event, api }) {
    const { domain } = EmailStep.pattern.exec(event.user.email)?.groups ?? {};
    api.user.setAppMetadata('domain', domain);
  }
}
class Broken extends Step {}

exports.onExecutePostLogin = async (event, api) => {
  const steps = [new RoleStep('https://example.org/roles'), new EmailStep(), new Broken('broken')];
  const results = await Promise.allSettled(steps.map(step => step.run({ event, api })));
  console.log(results.map(({ status, reason }) => reason?.message ?? status), Step.count, steps[2].name);
  console.log(steps[0], [steps[1]], Step, EmailStep);
};
