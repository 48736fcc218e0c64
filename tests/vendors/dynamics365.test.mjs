// DynamicsWebApi against our stand-in of an environment: what it accepts, the adapter may be tested
// with.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { DynamicsWebApi } from 'dynamics-web-api';
import { serve } from './support/serve.mjs';

let server;
let api;
let account;

before(async () => {
  server = await serve('crm_dynamics365');
  api = new DynamicsWebApi({
    serverUrl: server.url,
    dataApi: { version: '9.2' },
    onTokenRefresh: async () => server.token,
  });
  account = '6d81a000-0000-4000-8000-000000000001';
  await api.update({ collection: 'accounts', key: account, data: { name: 'Acme' }, ifmatch: '' });
});

after(() => server.stop());

const contact = (more = {}) => ({
  lastname: 'Holm',
  'parentcustomerid_account@odata.bind': `/accounts(${account})`,
  ...more,
});
const byKey = (value) => `vst_portalid='${value}'`;

test('an alternate key makes a row once', async () => {
  const first = await api.upsert({ collection: 'contacts', key: byKey('mem-1'), data: contact(), returnRepresentation: true, select: ['contactid', 'lastname'] });
  assert.match(first.contactid, /^[0-9a-f-]{36}$/);
  const again = await api.upsert({ collection: 'contacts', key: byKey('mem-1'), data: { telephone1: '1' }, returnRepresentation: true, select: ['contactid'] });
  assert.equal(again.contactid, first.contactid);
  const read = await api.retrieve({ collection: 'contacts', key: byKey('mem-1'), select: ['lastname', 'telephone1', '_parentcustomerid_value'] });
  assert.deepEqual([read.lastname, read.telephone1, read._parentcustomerid_value], ['Holm', '1', account]);
});

test('preconditions are kept', async () => {
  const made = { collection: 'contacts', key: byKey('mem-2'), data: contact() };
  await api.upsert({ ...made, ifnonematch: '*' });
  assert.equal(await api.upsert({ ...made, ifnonematch: '*' }), null, 'a 412 is null to this client');
  assert.equal(await api.upsert({ ...made, key: byKey('mem-none'), ifmatch: '*' }), null, 'and so is a 404');
  const read = await api.retrieve({ collection: 'contacts', key: byKey('mem-2'), select: ['lastname'] });
  await api.update({ collection: 'contacts', key: read.contactid, data: { lastname: 'Berg' }, ifmatch: read['@odata.etag'] });
  const late = await api.update({ collection: 'contacts', key: read.contactid, data: { lastname: 'Late' }, ifmatch: read['@odata.etag'] });
  assert.equal(late, false);
});

test('errors carry status and code', async () => {
  const wrong = { collection: 'contacts', key: byKey('mem-3') };
  await assert.rejects(() => api.upsert({ ...wrong, data: contact({ nonsense: 'x' }) }), { status: 400, code: '0x80048d19' });
  await assert.rejects(() => api.upsert({ ...wrong, data: contact({ lastname: 'x'.repeat(51) }) }), { status: 400, code: '0x80044331' });
  await assert.rejects(() => api.retrieve({ collection: 'contacts', key: '6d81a000-0000-4000-8000-0000000000ff' }), { status: 404 });
  await assert.rejects(() => api.retrieveMultiple({ collection: 'contacts', select: ['nonsense'] }), { status: 400 });
});

test('pages are followed to the end', async () => {
  for (const number of [10, 11, 12, 13, 14]) {
    await api.upsert({ collection: 'contacts', key: byKey(`page-${number}`), data: contact({ firstname: 'Page' }) });
  }
  const request = { collection: 'contacts', select: ['firstname'], filter: "firstname eq 'Page'", maxPageSize: 2 };
  const first = await api.retrieveMultiple(request);
  assert.equal(first.value.length, 2);
  assert.ok(first.oDataNextLink);
  const all = await api.retrieveAll(request);
  assert.equal(all.value.length, 5);
});

test('changes are tracked', async () => {
  const request = { collection: 'contacts', select: ['lastname'], trackChanges: true };
  const first = await api.retrieveMultiple(request);
  assert.ok(first.oDataDeltaLink);
  await api.upsert({ collection: 'contacts', key: byKey('mem-1'), data: { lastname: 'Tracked' } });
  const next = await api.retrieveMultiple({ collection: 'contacts', select: ['lastname'] }, first.oDataDeltaLink);
  assert.deepEqual(next.value.map((it) => it.lastname), ['Tracked']);
});

test('a change set happens as a whole or not at all', async () => {
  api.startBatch();
  api.upsert({ collection: 'contacts', key: byKey('batch-1'), data: contact({ lastname: 'One' }) });
  api.upsert({ collection: 'contacts', key: byKey('batch-2'), data: contact({ lastname: 'Two' }) });
  await api.executeBatch();
  const found = (filter) => api.retrieveMultiple({ collection: 'contacts', select: ['lastname'], filter });
  assert.equal((await found("lastname eq 'One' or lastname eq 'Two'")).value.length, 2);
  api.startBatch();
  api.upsert({ collection: 'contacts', key: byKey('batch-3'), data: contact({ lastname: 'Three' }) });
  api.upsert({ collection: 'contacts', key: byKey('batch-4'), data: contact({ nonsense: 'x' }) });
  await assert.rejects(() => api.executeBatch());
  assert.equal((await found("lastname eq 'Three'")).value.length, 0);
});

test('somebody writes in the name of a user', async () => {
  const entra = '0e0a0000-0000-4000-8000-000000000002';
  await api.upsert({ collection: 'contacts', key: byKey('mem-5'), data: contact(), impersonateAAD: entra });
  const stranger = '0e0a0000-0000-4000-8000-0000000000ff';
  await assert.rejects(() => api.upsert({ collection: 'contacts', key: byKey('mem-6'), data: contact(), impersonateAAD: stranger }), { status: 403 });
});
