// HubSpot's own client against our stand-in: what it accepts, the adapter may be tested with.
//
// The stand-in is the one of the Rust tests; a test that is ignored by default serves it until its
// standard input ends.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { Client, Signature } from '@hubspot/api-client';

const ROOT = new URL('../../', import.meta.url);
const TOKEN = 'pat-eu1-stand-in';

let server;
let hubspot;

before(async () => {
  const test = 'crm_hubspot::serves_clients_that_are_not_ours';
  server = spawn('cargo', ['test', '--quiet', '--test', 'it', '--', '--ignored', '--exact', '--nocapture', test], {
    cwd: ROOT,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  for await (const line of createInterface({ input: server.stdout })) {
    const found = line.match(/^serving (http:\S+)$/);
    if (found) {
      hubspot = new Client({ accessToken: TOKEN, basePath: found[1], numberOfApiCallRetries: 0 });
      return;
    }
  }
  throw new Error('the stand-in did not start');
});

after(() => server.stdin.end());

const upsert = (inputs) => hubspot.crm.contacts.batchApi.upsert({ inputs });
const person = (id, properties) => ({ idProperty: 'portal_membership_id', id, properties, objectWriteTraceId: id });

test('a contact is upserted by our unique property, once', async () => {
  const first = await upsert([person('mem-1', { email: 'One@acme.example', firstname: 'One' })]);
  assert.equal(first.status, 'COMPLETE');
  assert.equal(first.results[0]._new, true);
  assert.ok(first.results[0].createdAt instanceof Date);
  const again = await upsert([person('mem-1', { firstname: 'Uno' })]);
  assert.equal(again.results[0].id, first.results[0].id);
  assert.equal(again.results[0]._new, false);
  const read = await hubspot.crm.contacts.batchApi.read({
    idProperty: 'email',
    inputs: [{ id: 'one@acme.example' }, { id: 'nobody@acme.example' }],
    properties: ['firstname', 'portal_membership_id'],
    propertiesWithHistory: [],
  });
  assert.equal(read.numErrors, 1);
  assert.equal(read.results[0].properties.firstname, 'Uno');
});

test('a taken address refuses the whole batch and names the record', async () => {
  const { id } = await hubspot.crm.contacts.basicApi.create({ properties: { email: 'taken@acme.example' }, associations: [] });
  const refused = upsert([
    person('mem-2', { email: 'two@acme.example' }),
    person('mem-3', { email: 'taken@acme.example' }),
  ]);
  await assert.rejects(refused, (error) => {
    assert.equal(error.code, 409);
    assert.equal(error.body.category, 'CONFLICT');
    assert.match(error.body.message, new RegExp(`Existing ID: ${id}`));
    return true;
  });
  await assert.rejects(hubspot.crm.contacts.basicApi.getById('mem-2', [], [], [], false, 'portal_membership_id'), { code: 404 });
});

test('one bad input of several is a 207 with its id', async () => {
  const answer = await upsert([person('mem-4', { firstname: 'Partial' }), person('mem-5', { firstname: 'Five' })]);
  assert.equal(answer.results.length, 1);
  assert.equal(answer.numErrors, 1);
  assert.deepEqual(answer.errors[0].context.ids, ['mem-4']);
});

test('companies, deals, associations and notes go through', async () => {
  const company = await hubspot.crm.companies.basicApi.create({ properties: { name: 'Acme' }, associations: [] });
  const deal = await hubspot.crm.deals.basicApi.create({ properties: { dealname: 'CT-1', dealstage: 'closedwon' }, associations: [] });
  const made = await hubspot.crm.associations.v4.batchApi.create('deals', 'companies', {
    inputs: [{ _from: { id: deal.id }, to: { id: company.id }, types: [{ associationCategory: 'HUBSPOT_DEFINED', associationTypeId: 5 }] }],
  });
  assert.equal(made.status, 'COMPLETE');
  const linked = await hubspot.crm.associations.v4.batchApi.getPage('deals', 'companies', { inputs: [{ id: deal.id }] });
  assert.equal(linked.results[0]._from.id, deal.id);
  assert.equal(linked.results[0].to[0].toObjectId, company.id);
  assert.equal(linked.results[0].to[0].associationTypes[0].label, 'Primary');
  const note = await hubspot.crm.objects.notes.batchApi.upsert({
    inputs: [{ idProperty: 'portal_change_key', id: 'chg-1', properties: { hs_timestamp: '2027-01-15T08:00:00Z', hs_note_body: 'x' } }],
  });
  assert.equal(note.results[0].properties.portal_change_key, 'chg-1');
});

test('the feed is a search by the modification stamp', async () => {
  const found = await hubspot.crm.contacts.searchApi.doSearch({
    filterGroups: [{ filters: [{ propertyName: 'lastmodifieddate', operator: 'GT', value: '0' }] }],
    sorts: [{ propertyName: 'lastmodifieddate', direction: 'ASCENDING' }],
    properties: ['email', 'lastmodifieddate'],
    limit: 2,
    after: 0,
  });
  assert.ok(found.total >= 3);
  assert.equal(found.results.length, 2);
  const stamps = found.results.map((it) => Date.parse(it.properties.lastmodifieddate));
  assert.ok(stamps[0] <= stamps[1]);
});

test('properties and owners are listed, tokens are refreshed and checked', async () => {
  const properties = await hubspot.crm.properties.coreApi.getAll('contacts');
  const ours = properties.results.find((it) => it.name === 'portal_membership_id');
  assert.equal(ours.hasUniqueValue, true);
  const owners = await hubspot.crm.owners.ownersApi.getPage();
  assert.equal(owners.results[0].email, 'rep@nordwind.example');
  const token = await hubspot.oauth.tokensApi.create('refresh_token', undefined, undefined, 'stand-in-app', 'stand-in-app-secret', 'stand-in-refresh-token');
  assert.equal(token.expiresIn, 1800);
  const stranger = new Client({ accessToken: 'wrong', basePath: hubspot.config?.basePath ?? hubspot.basePath, numberOfApiCallRetries: 0 });
  await assert.rejects(stranger.crm.companies.basicApi.getById('1'), { code: 401 });
});

test('the adapter checks signatures as HubSpot makes them', () => {
  // The same as in crm_hubspot::the_vendors_own_signature_is_ours.
  const signature = Signature.getSignature('POST', 'v3', {
    clientSecret: 'stand-in-app-secret',
    url: 'https://portal.example/api/v1/crm/main/notices',
    requestBody: '[{"eventId":1}]',
    timestamp: 1800000000000,
    signatureVersion: 'v3',
    signature: '',
  });
  assert.equal(signature, 'psvY3DWG/e1RV1FuM6sM5Z4krpF1+hGMxtI7yWDVGP0=');
});
