'use strict';
// The vendor's SDK in both of its signature styles: V3 through the generated clients, V1 through pop-core.
const assert = require('node:assert/strict');
const Core = require('@alicloud/pop-core');
const { Config } = require('@alicloud/openapi-client');
const Ram = require('@alicloud/ram20150501');
const Sts = require('@alicloud/sts20150401');
const Ims = require('@alicloud/ims20190815');

const endpoint = process.env.SIMULATED_CLOUD;
const account = '1234567890123456';
const key = { id: 'LTAI5tOldKeyForTheSdk000', secret: 'oldSecretForTheTestsOfTheSdk00' };

async function control(path, body) {
  const reply = await fetch(`http://${endpoint}/_control/${path}`,
    body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) });
  assert.equal(reply.status, 200, await reply.clone().text());
  return reply.json();
}

async function reset() {
  await control('reset', {
    options: { granularity_ms: 3600000 },
    accounts: [{
      id: account,
      users: [{ name: 'dev', created_days_ago: 200, keys: [{ id: key.id, secret: key.secret, created_days_ago: 120 }] }],
      roles: [{ name: 'rotator' }],
    }],
  });
}

// The code of the error that the call ends with.
async function refusal(call) {
  try {
    await call();
  } catch (error) {
    return error.code;
  }
  return 'none';
}

// --- the two styles behind one face: call(service, action, parameters) answers the reply's own JSON ---

function v3(pair) {
  const config = () => new Config({
    accessKeyId: pair.id, accessKeySecret: pair.secret, securityToken: pair.token, endpoint, protocol: 'http',
  });
  const packages = { ram: Ram, sts: Sts, ims: Ims };
  return async (service, action, parameters = {}) => {
    const from = packages[service];
    const client = new from.default(config());
    const Request = from[`${action}Request`];
    const method = action[0].toLowerCase() + action.slice(1);
    const small = (name) => name[0].toLowerCase() + name.slice(1);
    const fields = Object.fromEntries(Object.entries(parameters).map(([name, value]) => [small(name), value]));
    const said = Request ? await client[method](new Request(fields)) : await client[method]();
    assert.equal(said.statusCode, 200);
    return said.body.toMap();
  };
}

function v1(pair, method) {
  const versions = { ram: '2015-05-01', sts: '2015-04-01', ims: '2019-08-15' };
  return (service, action, parameters = {}) => new Core({
    accessKeyId: pair.id,
    accessKeySecret: pair.secret,
    securityToken: pair.token,
    endpoint: `http://${endpoint}`,
    apiVersion: versions[service],
  }).request(action, parameters, { method });
}

const styles = {
  V3: (pair) => v3(pair),
  'V1 by POST': (pair) => v1(pair, 'POST'),
  'V1 by GET': (pair) => v1(pair, 'GET'),
};

// --- what must work in each style ---

const tests = {
  async 'tells who calls'(call) {
    const me = await call(key)('sts', 'GetCallerIdentity');
    assert.equal(me.Arn, `acs:ram::${account}:user/dev`);
    assert.equal(me.AccountId, account);
    assert.equal(me.IdentityType, 'RAMUser');
  },

  async 'lists users page by page'(call) {
    const me = call(key);
    for (const name of ['anna', 'zoe']) await me('ram', 'CreateUser', { UserName: name });
    const first = await me('ram', 'ListUsers', { MaxItems: 2 });
    assert.deepEqual(first.Users.User.map((user) => user.UserName), ['anna', 'dev']);
    assert.equal(first.IsTruncated, true);
    const second = await me('ram', 'ListUsers', { MaxItems: 2, Marker: first.Marker });
    assert.deepEqual(second.Users.User.map((user) => user.UserName), ['zoe']);
    assert.equal(second.IsTruncated, false);
  },

  async 'creates, deactivates, deletes and restores a key'(call) {
    const me = call(key);
    const made = (await me('ram', 'CreateAccessKey', { UserName: 'dev' })).AccessKey;
    assert.match(made.AccessKeyId, /^LTAI5t[A-Za-z0-9]{18}$/);
    assert.match(made.AccessKeySecret, /^[A-Za-z0-9]{30}$/);
    assert.equal(made.Status, 'Active');
    assert.equal(await refusal(() => me('ram', 'CreateAccessKey', { UserName: 'dev' })), 'LimitExceeded.User.AccessKey');
    const fresh = call({ id: made.AccessKeyId, secret: made.AccessKeySecret });
    assert.equal((await fresh('sts', 'GetCallerIdentity')).Arn, `acs:ram::${account}:user/dev`);
    const named = { UserName: 'dev', UserAccessKeyId: made.AccessKeyId };
    assert.equal(await refusal(() => me('ram', 'DeleteAccessKey', named)), 'DeleteConflict.AccessKey.Active');
    await me('ram', 'UpdateAccessKey', { ...named, Status: 'Inactive' });
    const listed = (await me('ram', 'ListAccessKeys', { UserName: 'dev' })).AccessKeys.AccessKey;
    assert.deepEqual(Object.fromEntries(listed.map((one) => [one.AccessKeyId, one.Status])),
      { [key.id]: 'Active', [made.AccessKeyId]: 'Inactive' });
    assert.equal(await refusal(() => fresh('sts', 'GetCallerIdentity')), 'InvalidAccessKeyId.Inactive');
    await me('ram', 'DeleteAccessKey', named);
    assert.equal(await refusal(() => fresh('sts', 'GetCallerIdentity')), 'InvalidAccessKeyId.NotFound');

    const user = (await me('ram', 'GetUser', { UserName: 'dev' })).User.UserId;
    const bin = (await me('ims', 'ListAccessKeysInRecycleBin', { UserId: user })).AccessKeys.AccessKey;
    assert.deepEqual(bin.map((one) => one.AccessKeyId), [made.AccessKeyId]);
    const binned = { UserId: user, UserAccessKeyId: made.AccessKeyId };
    assert.equal((await me('ims', 'GetAccessKeyInfoInRecycleBin', binned)).AccessKey.UserId, user);
    await me('ims', 'RestoreAccessKeyFromRecycleBin', binned);
    await me('ram', 'UpdateAccessKey', { ...named, Status: 'Active' });
    assert.equal((await fresh('sts', 'GetCallerIdentity')).IdentityType, 'RAMUser');
    await me('ram', 'UpdateAccessKey', { ...named, Status: 'Inactive' });
    await me('ram', 'DeleteAccessKey', named);
    await me('ims', 'DeleteAccessKeyInRecycleBin', binned);
    assert.equal(await refusal(() => me('ims', 'RestoreAccessKeyFromRecycleBin', binned)), 'EntityNotExist.User.AccessKey');
  },

  async 'shows the last use'(call) {
    const me = call(key);
    const made = (await me('ram', 'CreateAccessKey', { UserName: 'dev' })).AccessKey;
    const named = { UserName: 'dev', UserAccessKeyId: made.AccessKeyId };
    const used = async () => (await me('ram', 'GetAccessKeyLastUsed', named)).AccessKeyLastUsed.LastUsedDate;
    assert.equal(await used(), '');
    await call({ id: made.AccessKeyId, secret: made.AccessKeySecret })('sts', 'GetCallerIdentity');
    assert.match(await used(), /^\d{4}-\d\d-\d\dT\d\d:00:00Z$/);
  },

  async 'survives every odd character of a parameter'(call) {
    const name = "a b+c*d~e(f)!'/=&中";
    assert.equal(await refusal(() => call(key)('ram', 'GetUser', { UserName: name })), 'InvalidParameter.UserName.InvalidChars');
  },

  async 'works with a session, and only with its token'(call) {
    const role = { RoleArn: `acs:ram::${account}:role/rotator`, RoleSessionName: 'night' };
    const { Credentials: given } = await call(key)('sts', 'AssumeRole', role);
    const session = { id: given.AccessKeyId, secret: given.AccessKeySecret, token: given.SecurityToken };
    const me = await call(session)('sts', 'GetCallerIdentity');
    assert.equal(me.Arn, `acs:ram::${account}:assumed-role/rotator/night`);
    assert.equal(await refusal(() => call({ ...session, token: undefined })('sts', 'GetCallerIdentity')), 'MissingSecurityToken');
    assert.equal(await refusal(() => call({ ...session, token: 'torn' })('sts', 'GetCallerIdentity')),
      'InvalidSecurityToken.MismatchWithAccessKey');
  },

  async 'is refused with a wrong secret'(call) {
    const forger = call({ id: key.id, secret: 'wrong' });
    assert.equal(await refusal(() => forger('sts', 'GetCallerIdentity')), 'SignatureDoesNotMatch');
    assert.equal(await refusal(() => forger('ram', 'ListUsers')), 'SignatureDoesNotMatch');
  },
};

async function main() {
  let failed = 0;
  for (const [style, call] of Object.entries(styles)) {
    for (const [name, test] of Object.entries(tests)) {
      try {
        await reset();
        await test(call);
        console.log(`ok: ${style}: ${name}`);
      } catch (error) {
        ++failed;
        console.log(`FAILED: ${style}: ${name}\n${error.stack}`);
      }
    }
  }
  process.exit(failed === 0 ? 0 : 1);
}

main();
