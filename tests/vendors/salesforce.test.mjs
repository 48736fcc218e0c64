// jsforce against our stand-in of an org: what it accepts, the adapter may be tested with.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import jsforce from 'jsforce';
import { serve } from './support/serve.mjs';

let server;
let org;
let account;

before(async () => {
  server = await serve('crm_salesforce');
  org = new jsforce.Connection({ instanceUrl: server.url, accessToken: server.token, version: '66.0' });
  account = await org.sobject('Account').create({ Name: 'Acme', AccountNumber: '10-01' });
});

after(() => server.stop());

const contact = (number, more = {}) => ({
  Vestibule_Id__c: `mem-${number}`,
  LastName: `M${number}`,
  AccountId: account.id,
  ...more,
});

test('a record is created, read, changed and deleted', async () => {
  assert.equal(account.success, true);
  assert.match(account.id, /^001[A-Za-z0-9]{15}$/);
  const read = await org.sobject('Account').retrieve(account.id);
  assert.equal(read.Name, 'Acme');
  const changed = await org.sobject('Account').update({ Id: account.id, Name: 'Acme Oy' });
  assert.equal(changed.success, true);
  const gone = await org.sobject('Account').create({ Name: 'Gone' });
  assert.equal((await org.sobject('Account').destroy(gone.id)).success, true);
  await assert.rejects(() => org.sobject('Account').retrieve(gone.id), { errorCode: 'NOT_FOUND' });
});

test('an external id makes a record once', async () => {
  const first = await org.sobject('Contact').upsert(contact(1), 'Vestibule_Id__c');
  assert.deepEqual([first.success, first.created], [true, true]);
  const again = await org.sobject('Contact').upsert(contact(1, { Phone: '+49 40 1' }), 'Vestibule_Id__c');
  assert.deepEqual([again.id, again.created], [first.id, false]);
});

test('a collection answers for each record in its order', async () => {
  const results = await org.sobject('Contact').upsert(
    [contact(2), { Vestibule_Id__c: 'mem-3', AccountId: account.id }, contact(4)],
    'Vestibule_Id__c',
  );
  assert.deepEqual(results.map((it) => it.success), [true, false, true]);
  assert.equal(results[1].errors[0].statusCode ?? results[1].errors[0].errorCode, 'REQUIRED_FIELD_MISSING');
});

test('errors carry the code and the field', async () => {
  await assert.rejects(() => org.sobject('Contact').create({ FirstName: 'Ada' }), { errorCode: 'REQUIRED_FIELD_MISSING' });
  await assert.rejects(() => org.sobject('Contact').create(contact(5, { Nonsense__c: 'x' })), { errorCode: 'INVALID_FIELD' });
  await assert.rejects(() => org.sobject('Contact').create(contact(1)), { errorCode: 'DUPLICATE_VALUE' });
  await assert.rejects(() => org.query('SELECT Nonsense__c FROM Contact'), { errorCode: 'INVALID_FIELD' });
  await assert.rejects(() => org.query('SELECT Id FROM'), { errorCode: 'MALFORMED_QUERY' });
});

test('a query is paged until nothing is left', async () => {
  await org.sobject('Contact').upsert([10, 11, 12, 13, 14, 15].map((it) => contact(it)), 'Vestibule_Id__c');
  const soql = `SELECT Id, LastName, Account.Name FROM Contact WHERE AccountId = '${account.id}' ORDER BY Id`;
  const first = await org.query(soql);
  assert.equal(first.done, false);
  const all = await org.query(soql, { autoFetch: true, maxFetch: 100 });
  assert.ok(all.records.length >= 9 && all.records.length === first.totalSize);
  const one = await org.sobject('Contact').findOne({ LastName: "M1' OR Id != '" }, 'Id');
  assert.equal(one, null);
});

test('the limits are told with every answer', async () => {
  await org.query('SELECT Id FROM Account');
  assert.equal(org.limitInfo.apiUsage.limit, 100000);
  const limits = await org.limits();
  assert.equal(limits.DailyApiRequests.Max, 100000);
});

test('an object describes its fields', async () => {
  const described = await org.sobject('Contact').describe();
  const ours = described.fields.find((it) => it.name === 'Vestibule_Id__c');
  assert.deepEqual([ours.externalId, ours.unique], [true, true]);
});

test('a composite call refers to what came before', async () => {
  const version = '/services/data/v66.0';
  const answer = await org.request({
    method: 'POST',
    url: '/composite',
    body: JSON.stringify({
      allOrNone: false,
      compositeRequest: [
        { method: 'PATCH', url: `${version}/sobjects/Contact/Vestibule_Id__c/mem-20`, referenceId: 'c', body: { LastName: 'M20', AccountId: account.id } },
        { method: 'PATCH', url: `${version}/sobjects/Task/Vestibule_Change__c/chg-20`, referenceId: 't', body: { Subject: 'Joined', WhoId: '@{c.id}' } },
        { method: 'GET', url: `${version}/query/?q=${encodeURIComponent("SELECT Subject, Who.LastName FROM Task WHERE Vestibule_Change__c = 'chg-20'")}`, referenceId: 'q' },
      ],
    }),
    headers: { 'content-type': 'application/json' },
  });
  const [made, task, found] = answer.compositeResponse;
  assert.deepEqual([made.httpStatusCode, task.httpStatusCode, found.httpStatusCode], [201, 201, 200]);
  assert.equal(found.body.records[0].Who.LastName, 'M20');
});

test('a token that is not ours opens nothing', async () => {
  const stranger = new jsforce.Connection({ instanceUrl: server.url, accessToken: 'x', version: '66.0' });
  await assert.rejects(() => stranger.query('SELECT Id FROM Account'), { errorCode: 'INVALID_SESSION_ID' });
});
