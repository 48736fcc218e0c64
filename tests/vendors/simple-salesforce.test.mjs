// simple-salesforce, a client in Python, against our stand-in of an org.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { after, before, test } from 'node:test';
import { serve } from './support/serve.mjs';

/** A Python that has what requirements.txt names; ./tests/run makes one. */
const PYTHON = process.env.VENDORS_PYTHON ?? 'python3';

let server;

before(async () => {
  server = await serve('crm_salesforce');
});

after(() => server.stop());

test('simple-salesforce is served like jsforce', () => {
  const script = fileURLToPath(new URL('./simple_salesforce_client.py', import.meta.url));
  const run = spawnSync(PYTHON, [script, server.url, server.token], { encoding: 'utf8', timeout: 120_000 });
  assert.equal(run.status, 0, `${run.error ?? ''}${run.stdout}${run.stderr}`);
  assert.match(run.stderr, /Ran 5 tests/);
});
