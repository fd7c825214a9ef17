// tenant: auth0-4
// package: mongodb
// way: tunnel
const { MongoClient } = require('mongodb');

exports.onExecutePostLogin = async (event, api) => {
    const client = new MongoClient(`mongodb://127.0.0.1:${event.client.metadata.mongodb}/test?directConnection=true`, { serverSelectionTimeoutMS: 2000 });
    await client.connect();
    try {
        const logins = client.db('test').collection('logins');
        const user = await logins.findOne({ _id: event.user.user_id });
        const changed = await logins.updateOne({ _id: event.user.user_id }, { $set: { last: 1 } });
        console.log(user, changed.modifiedCount);
        api.idToken.setCustomClaim('https://example.org/plan', user.plan);
    } finally {
        await client.close();
    }
};
