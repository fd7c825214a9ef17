// tenant: auth0-4
// package: pg
// way: tunnel
const { Client } = require('pg');

exports.onExecutePostLogin = async (event, api) => {
    const client = new Client({ host: '127.0.0.1', port: event.client.metadata.postgres, user: 'test', database: 'test' });
    await client.connect();
    const { rows } = await client.query('select id, plan from users where id = $1', [event.user.user_id]);
    const again = await client.query('select id, plan from users');
    await client.end();
    console.log(rows, again.rowCount, again.command);
    api.idToken.setCustomClaim('https://example.org/plan', rows[0].plan);
};
