// tenant: auth0-4
const Joi = require('joi');
const Ajv = require('ajv');
exports.onExecutePostLogin = async (event, api) => {
  const schema = Joi.object({ ip: Joi.string().ip().required(), method: Joi.valid('GET', 'POST') }).unknown(true);
  const { error } = schema.validate(event.request);
  const { error: second } = schema.validate({ ip: 'x' });
  const ajv = new Ajv({ allErrors: true });
  const validate = ajv.compile({ type: 'object', required: ['plan'], properties: { plan: { type: 'string', minLength: 10 } } });
  console.log(error === undefined, second.message, validate(event.user.app_metadata), validate.errors.map(e => e.message));
};
