// An OpenID provider by other people (npm oidc-provider) for the sign-in tests: what our own demo
// provider and our own sign-in both misunderstand would show here.
//
//   PORT=9402 node tests/oidc/provider.mjs      prints the issuer when it is ready
//
// Anybody can sign in by a login name; `sign-up` makes one. Claims about the person are at UserInfo
// only, as the standard has it. Two doors for tests, which no provider has:
//   POST /control/clients  {client_id, client_secret, redirect_uris, post_logout_redirect_uris}
//   POST /control/rotate   replaces the signing keys at once
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';

// The package is installed beside the browser tests.
const packages = createRequire(new URL('../browser/package.json', import.meta.url));
const { Provider, interactionPolicy } = await import(pathToFileURL(packages.resolve('oidc-provider')));

const port = Number(process.env.PORT ?? 0);
const rows = new Map();

// What the provider stores. Shared between instances, so that sessions outlive a change of keys.
class Memory {
  constructor(kind) { this.kind = kind; }
  key(id) { return `${this.kind} ${id}`; }
  async upsert(id, payload, seconds) {
    const ends = seconds ? Date.now() + seconds * 1000 : Infinity;
    rows.set(this.key(id), { payload, ends });
  }
  async find(id) {
    const row = rows.get(this.key(id));
    return row && row.ends > Date.now() ? row.payload : undefined;
  }
  async findByUid(uid) {
    const fits = ([key, row]) => key.startsWith(`${this.kind} `) && row.payload.uid === uid && row.ends > Date.now();
    return [...rows].find(fits)?.[1].payload;
  }
  async consume(id) {
    const payload = await this.find(id);
    if (payload) payload.consumed = Math.floor(Date.now() / 1000);
  }
  async destroy(id) { rows.delete(this.key(id)); }
  async revokeByGrantId(grant) {
    for (const [key, row] of rows) if (row.payload.grantId === grant) rows.delete(key);
  }
}

const people = new Map();
function person(login, verified = true) {
  const [given, family] = login.split('@')[0].split('.').map((word) => word[0].toUpperCase() + word.slice(1));
  people.set(login, {
    sub: `subject-of-${login}`, email: login, email_verified: verified,
    given_name: given, family_name: family ?? '', name: `${given} ${family ?? ''}`.trim(),
  });
  return people.get(login);
}

let generation = 0;
function freshKeys() {
  generation += 1;
  const key = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' });
  return [{ ...key, use: 'sig', alg: 'RS256', kid: `key-${generation}` }];
}

const policy = interactionPolicy.base();
policy.add(new interactionPolicy.Prompt({ name: 'create', requestable: true }), 0);

function build(issuer) {
  return new Provider(issuer, {
    adapter: Memory,
    jwks: { keys: freshKeys() },
    cookies: { keys: ['only for tests'] },
    acrValues: ['urn:test:password', 'urn:test:second-step'],
    claims: { acr: null, amr: null, email: ['email', 'email_verified'], profile: ['name', 'given_name', 'family_name'] },
    discovery: { prompt_values_supported: ['none', 'login', 'consent', 'create'] },
    interactions: { policy, url: (_, interaction) => `/interaction/${interaction.uid}` },
    features: {
      devInteractions: { enabled: false },
      claimsParameter: { enabled: true },
      rpInitiatedLogout: { enabled: true, logoutSource: (ctx, form) => { ctx.body = `<!doctype html>${form}`; } },
    },
    // Nobody is asked for consent: the clients are ours.
    loadExistingGrant: async ({ oidc }) => {
      const id = oidc.result?.consent?.grantId ?? oidc.session.grantIdFor(oidc.client.clientId);
      if (id) return oidc.provider.Grant.find(id);
      const grant = new oidc.provider.Grant({ clientId: oidc.client.clientId, accountId: oidc.session.accountId });
      grant.addOIDCScope('openid email profile');
      await grant.save();
      return grant;
    },
    findAccount: (_, subject) => {
      const known = [...people.values()].find((one) => one.sub === subject);
      return known && { accountId: subject, claims: async () => known };
    },
  });
}

async function body(request) {
  const parts = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts).toString();
}

// The sign-in page: one field, one box, no password.
async function interact(request, response) {
  const details = await provider.interactionDetails(request, response);
  if (request.method === 'GET') {
    response.setHeader('content-type', 'text/html; charset=utf-8');
    response.end(`<!doctype html><title>${details.prompt.name}</title>
      <form method="post"><input name="login"><input type="checkbox" name="second_step" value="yes"><button>Go</button></form>`);
    return;
  }
  const form = new URLSearchParams(await body(request));
  if (form.get('login') === '') {
    await provider.interactionFinished(request, response, { error: 'access_denied' });
    return;
  }
  const who = people.get(form.get('login')) ?? person(form.get('login'));
  const strong = form.get('second_step') === 'yes';
  await provider.interactionFinished(request, response, {
    [details.prompt.name]: {},
    login: {
      accountId: who.sub,
      acr: strong ? 'urn:test:second-step' : 'urn:test:password',
      amr: strong ? ['pwd', 'otp'] : ['pwd'],
    },
  });
}

async function control(request, response) {
  if (request.url === '/control/rotate') {
    provider = build(issuer);
  } else if (request.url === '/control/clients') {
    const client = JSON.parse(await body(request));
    await new Memory('Client').upsert(client.client_id, {
      grant_types: ['authorization_code'], response_types: ['code'], ...client,
    });
  } else {
    response.statusCode = 404;
  }
  response.end();
}

let provider;
let issuer;
const server = createServer(async (request, response) => {
  try {
    if (request.url.startsWith('/control/')) await control(request, response);
    else if (request.url.startsWith('/interaction/')) await interact(request, response);
    else await provider.callback()(request, response);
  } catch (error) {
    console.error(error);
    response.statusCode = 500;
    response.end();
  }
});
server.listen(port, '127.0.0.1', () => {
  issuer = `http://127.0.0.1:${server.address().port}`;
  provider = build(issuer);
  console.log(issuer);
});
