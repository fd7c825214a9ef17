// tenant: auth0-3
// package: graphql-request
const { GraphQLClient, gql } = require('graphql-request');

const USER = gql`query ($id: ID!) { user(id: $id) { id plan } }`;

exports.onExecutePostLogin = async (event, api) => {
    const client = new GraphQLClient(`${event.client.metadata.server}/graphql`, { headers: { authorization: 'Bearer none' } });
    const { user } = await client.request(USER, { id: event.user.user_id });
    console.log(user);
    api.idToken.setCustomClaim('https://example.org/plan', user.plan);
};
