// Logout tokens and Security Event Tokens, verified by other people's library (npm jose) as a service
// would: reads {keys, issuer, tokens: [{token, typ, audience, logout}]} on standard input, prints the
// claims of each, and ends with 1 at the first that is not believed.
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

// The package is installed beside the browser tests.
const packages = createRequire(new URL('../browser/package.json', import.meta.url));
const { createLocalJWKSet, jwtVerify } = await import(pathToFileURL(packages.resolve('jose')));

const chunks = [];
for await (const chunk of process.stdin) chunks.push(chunk);
const { keys, issuer, now, tokens } = JSON.parse(Buffer.concat(chunks).toString());
const known = createLocalJWKSet(keys);
for (const { token, typ, audience, logout } of tokens) {
  const { payload } = await jwtVerify(token, known, {
    issuer, audience, typ, algorithms: ['RS256'], currentDate: new Date(now * 1000), maxTokenAge: '2m',
    requiredClaims: logout ? ['iat', 'exp', 'jti', 'events', 'sub'] : ['iat', 'jti', 'events', 'sub_id'],
  });
  if ('nonce' in payload) throw new Error('a nonce');
  console.log(JSON.stringify(payload));
}
