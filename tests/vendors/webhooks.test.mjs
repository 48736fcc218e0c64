// The library of Standard Webhooks against what our subscribers are sent: signed as it expects.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Webhook } from 'standardwebhooks';
import { serve } from './support/serve.mjs';

let server;
let told;

before(async () => {
  server = await serve('webhooks_out');
  told = await (await fetch(server.url)).json();
});

after(() => server.stop());

test('every event verifies with the new secret and with the old one', () => {
  assert.ok(told.sent.length > 0);
  assert.equal(told.secrets.length, 2);
  for (const { headers, body } of told.sent) {
    for (const secret of told.secrets) {
      const event = new Webhook(secret).verify(body, Object.fromEntries(headers));
      assert.match(event.type, /^[a-z]+\.[a-z_]+$/);
      assert.ok(Date.parse(event.timestamp) > 0);
      assert.equal(typeof event.data.actor.kind, 'string');
    }
  }
});

test('nothing else does: another secret, another body, another id, another time', () => {
  const [{ headers, body }] = told.sent;
  const plain = Object.fromEntries(headers);
  const refuses = (secret, text, changed) =>
    assert.throws(() => new Webhook(secret).verify(text, { ...plain, ...changed }));
  const [secret] = told.secrets;
  refuses(`whsec_${Buffer.alloc(32, 7).toString('base64')}`, body, {});
  refuses(secret, `${body} `, {});
  refuses(secret, body, { 'webhook-id': 'chg_other' });
  refuses(secret, body, { 'webhook-timestamp': String(Number(plain['webhook-timestamp']) + 1) });
  refuses(secret, body, { 'webhook-timestamp': '1' });
});
