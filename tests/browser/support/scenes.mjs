// What there is to see, by who sees it. Scenes run in the order in which they stand here (their names
// begin with a letter for that: a module lists its exports by name); later ones use what earlier
// ones left behind.

const within = (person, selector, text) => person.page.locator(selector, { hasText: text }).first();
const href = async (target) => target.getAttribute('href');

// The newest mail to an address that has a link of an invitation, as soon as it is there.
async function invitationLink(person, address) {
  for (let attempt = 0; attempt < 60; attempt += 1) {
    await person.page.goto(`${person.demo.portal}/demo/mail`);
    const mail = within(person, 'tr', address).locator('a').first();
    if (await mail.isVisible()) {
      await person.press(mail);
      const text = await person.page.locator('pre.mail-text').textContent();
      const link = text.match(/http:\S+\/i\/\S+/);
      if (link) return link[0];
    }
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  throw new Error(`no invitation to ${address}`);
}

// Shows what a machine's request was answered with, as a page.
async function showAnswer(person, name, answer) {
  const body = await answer.text();
  await person.page.route('**/shown-answer', (route) => route.fulfill({ status: answer.status(), contentType: 'text/html; charset=utf-8', body }));
  await person.page.goto(`${person.demo.portal}/shown-answer`);
  await person.view(name);
  await person.page.unroute('**/shown-answer');
}

export async function a_outside(stage) {
  const guest = await stage.person();
  await guest.see('front-door', '/');
  await guest.see('sign-in-provider', '/sign-in');
  await guest.press('form[action="/cancel"] button');
  await guest.view('trouble-cancelled');
  await guest.see('trouble-expired', '/sign-in/callback/demo?state=made-up&code=made-up', 400);
  // A real attempt, answered with something else.
  const begun = async () => {
    await guest.page.goto(`${stage.demo.portal}/sign-in`);
    const request = await guest.page.locator('input[name="request"]').first().inputValue();
    return new URL(`${stage.demo.provider}/authorize?${request}`).searchParams.get('state') ?? request;
  };
  const state = await begun();
  await guest.see('trouble-code', `/sign-in/callback/demo?state=${encodeURIComponent(state)}&code=wrong&iss=${encodeURIComponent(stage.demo.provider)}`, 0);
  await guest.see('signed-out', '/signed-out');
  await guest.see('not-found', '/no-such-page', 404);
  await guest.see('method', '/invitation/accept', 405);
  await guest.see('invitation-none', '/invitation', 0);
  await guest.see('invitation-unknown', '/i/no-such-secret', 0);
  await guest.see('mailbox-first', '/demo/mail');
  const post = (path, options) => guest.page.request.post(stage.demo.portal + path, { maxRedirects: 0, ...options });
  await showAnswer(guest, 'refused-cross-site', await post('/register', { form: { how: 'contract' }, headers: { origin: 'https://elsewhere.example', 'sec-fetch-site': 'cross-site', 'accept-language': guest.lang } }));
  await showAnswer(guest, 'refused-too-large', await post('/register', { data: 'x'.repeat(400_000), headers: { origin: stage.demo.portal, 'content-type': 'application/x-www-form-urlencoded', 'accept-language': guest.lang } }));
  await guest.see('provider-home', stage.demo.provider);
}

export async function b_register(stage) {
  const guest = await stage.person();
  await guest.see('register-start', '/register');
  await guest.press('main form button');
  await guest.view('register-start-empty');
  await guest.see('register-invitation', '/register/invitation');
  await guest.press('main form button');
  await guest.view('register-invitation-empty');
  await guest.page.goto(`${stage.demo.portal}/register`);
  await guest.page.locator('input[value="contract"]').check();
  await guest.press('main form button');
  await guest.view('register-contract');
  await guest.press('main form button');
  await guest.view('register-contract-empty');
  await guest.page.locator('input[name="number"]').fill('CT-1999-0001');
  await guest.page.locator('input[name="fact"]').fill('10115');
  await guest.press('main form button');
  await guest.view('register-you');
  await guest.page.locator('input[name="phone"]').fill('abc');
  await guest.press('main form button');
  await guest.view('register-you-wrong');
  await guest.page.locator('input[name="given_name"]').fill('Greta');
  await guest.page.locator('input[name="family_name"]').fill('Nilsson');
  await guest.page.locator('input[name="phone"]').fill('+358 40 123 4567');
  await guest.page.locator(`input[name="language"][value="${guest.lang}"]`).check();
  await guest.press('main form button');
  await guest.view('register-check');
  await guest.press(guest.page.locator('main .actions a.primary'));
  await guest.signInWith('greta.nilsson@quarry.example');
  await guest.view('register-check-signed-in');
  await guest.press('main form button');
  await guest.view('register-unconfirmed');
  await guest.press('main form button');
  await guest.view('register-waiting-staff');
  await guest.see('home-nowhere', '/home');
  await guest.see('register-again', '/register');
  await guest.see('profile-nobody', '/profile', 0);
}

async function registerWith(person, { how, fields, names, address }) {
  await person.page.goto(`${person.demo.portal}/register`);
  await person.page.locator(`input[value="${how}"]`).check();
  await person.press('main form button');
  for (const [name, value] of Object.entries(fields)) await person.page.locator(`[name="${name}"]`).fill(value);
  await person.press('main form button');
  await person.page.locator('input[name="given_name"]').fill(names[0]);
  await person.page.locator('input[name="family_name"]').fill(names[1]);
  await person.page.locator(`input[name="language"][value="${person.lang}"]`).check();
  await person.press('main form button');
  if (how === 'new_company') {
    await person.view('register-consent');
    await person.page.locator('input[name="consent"]').check();
    await person.press('main form button');
  }
  await person.press(person.page.locator('main .actions a.primary'));
  await person.signInWith(address);
  await person.press('main form button');
}

export async function c_outcomes(stage) {
  const diego = await stage.person();
  await registerWith(diego, { how: 'contract', fields: { number: 'CT-2025-1007', fact: '10115' }, names: ['Diego', 'Ruiz'], address: 'diego.ruiz@vega.example' });
  await diego.view('register-approved');
  await diego.see('home-first-admin', '/home');
  const members = await href(diego.page.locator('a[href$="/members"]').first());
  await diego.see('members-alone', members);
  const nadine = await stage.person();
  await registerWith(nadine, { how: 'contract', fields: { number: 'CT-2023-1002', fact: '44137' }, names: ['Nadine', 'Vogt'], address: 'nadine.vogt@bergmann.example' });
  await nadine.view('register-waiting-organization');
  const sven = await stage.person();
  await registerWith(sven, { how: 'new_company', fields: { company: 'Highland Spring Water', message: 'We look for spare parts for two bottling lines.' }, names: ['Sven', 'Aalto'], address: 'sven@highland.example' });
  await sven.view('register-new-company');
  await sven.see('register-status', '/register/status');
  const someone = await stage.person();
  await someone.page.goto(`${stage.demo.portal}/home`);
  await someone.signInWith('somebody@new.example');
  await someone.view('not-known');
  const unproven = await stage.person();
  await unproven.page.goto(`${stage.demo.portal}/home`);
  await unproven.page.locator('.panel input[name="unverified"]').check();
  await unproven.signInWith('tom.becker@harbour.example');
  await unproven.view('not-known-unproven');
}

export async function d_sales(stage) {
  const aino = await stage.person({ staff: true });
  await aino.signIn('/sales', 'Aino Virtanen');
  await aino.view('sales-accounts');
  await aino.see('sales-home', '/home');
  await aino.see('sales-accounts-none', '/sales?q=zzz');
  await aino.see('sales-leads', '/sales/leads');
  await aino.see('sales-invitations', '/sales/invitations');
  await aino.page.goto(`${stage.demo.portal}/sales`);
  const accounts = {};
  for (const name of ['Harbour', 'Bergmann', 'Delta', 'Old Mill', 'Sunrise']) accounts[name] = await href(aino.page.getByRole('link', { name }).first());
  stage.accounts = accounts;
  await aino.see('sales-account', accounts.Harbour);
  await aino.see('sales-overview', `${accounts.Harbour}/overview`);
  await aino.see('sales-account-grace', accounts.Delta);
  await aino.see('sales-account-ended', accounts['Old Mill']);
  await aino.see('sales-account-prospect', accounts.Sunrise);
  const invite = `${accounts.Harbour}/invite`;
  await aino.see('sales-invite', invite);
  await aino.press('button[value="send"]');
  await aino.view('sales-invite-empty');
  const check = async (name, path, address) => {
    await aino.page.goto(stage.demo.portal + path);
    await aino.page.locator('input[name="email"]').fill(address);
    await aino.page.locator('input[name="roles"]').first().check();
    await aino.press('button[value="preview"]');
    await aino.view(name);
  };
  await check('sales-check-ready', invite, 'new.colleague@harbour.example');
  await check('sales-check-member', invite, 'tom.becker@harbour.example');
  await check('sales-check-webmail', invite, 'kim.example@gmail.com');
  await check('sales-check-no-contract', `${accounts['Old Mill']}/invite`, 'antti.saari@oldmill.example');
  await aino.page.goto(stage.demo.portal + accounts.Delta);
  const priya = within(aino, 'tr', 'Priya Shah');
  if (await priya.getByRole('link').count()) { await aino.press(priya.getByRole('link').first()); await aino.view('sales-check-opted-out'); }
  await aino.page.goto(stage.demo.portal + accounts.Harbour);
  await aino.press(within(aino, 'tr', 'Ravi Menon').getByRole('link').first());
  await aino.view('sales-invite-contact');
  await aino.page.locator('input[value="orders"]').check();
  await aino.page.locator('textarea[name="note"]').fill('Hello Ravi,\nthis is the portal I told you about.');
  await aino.press('button[value="send"]');
  await aino.view('sales-invited');
  stage.ravi = new URL(aino.page.url()).pathname;
  await check('sales-check-invited', invite, 'ravi.menon@harbour.example');
  await aino.page.goto(`${stage.demo.portal}/sales/leads`);
  await aino.press(within(aino, 'tr', 'Nils Berg').getByRole('link').first());
  await aino.view('sales-invite-lead');
  await aino.page.locator('input[name="roles"]').first().check();
  await aino.press('button[value="send"]');
  for (const address of ['zoe.lang@harbour.example', 'max.huber@harbour.example']) {
    await aino.page.goto(stage.demo.portal + invite);
    await aino.page.locator('input[name="email"]').fill(address);
    await aino.page.locator('input[name="roles"]').first().check();
    await aino.press('button[value="send"]');
  }
  await aino.page.goto(`${stage.demo.portal}/sales/invitations`);
  await aino.press(within(aino, 'tr', 'zoe.lang').getByRole('link').first());
  await aino.view('sales-invitation');
  stage.zoe = new URL(aino.page.url()).pathname;
  stage.aino = aino;
}

export async function e_invited(stage) {
  const ravi = await stage.person();
  const link = await invitationLink(ravi, 'ravi.menon');
  await ravi.view('mail-invitation');
  await ravi.page.locator('details.fold > summary').click();
  await ravi.view('mail-invitation-text');
  await ravi.see('landing', link);
  const tom = await stage.person();
  await tom.signIn('/home', 'Tom Becker');
  await tom.see('landing-already-member', link);
  const hanna = await stage.person();
  await hanna.signIn('/home', 'Hanna Petersen');
  await hanna.see('landing-other-account', link);
  await hanna.press('form[action="/invitation/ask-approval"] button');
  await hanna.view('landing-asked');
  await stage.aino.see('sales-invitation-other', stage.ravi);
  const shy = await stage.person();
  await shy.page.goto(link);
  await shy.press('form[action="/invitation/not-me"] button');
  await shy.view('landing-not-me');
  await ravi.press('form[action="/invitation/continue"] button');
  await ravi.view('provider-invited');
  await ravi.signInAs('Ravi Menon');
  await ravi.view('landing-signed-in');
  await ravi.see('landing-decline', '/invitation/decline');
  await ravi.page.goto(`${stage.demo.portal}/invitation`);
  await ravi.press('form[action="/invitation/accept"] button');
  await ravi.view('landing-accepted');
  await ravi.see('landing-used-by-you', link, 0);
  await shy.see('landing-used', link, 0);
  const zoe = await stage.person();
  const first = await invitationLink(zoe, 'zoe.lang');
  await stage.aino.page.goto(stage.demo.portal + stage.zoe);
  await stage.aino.press('form[action$="/link"] button');
  await stage.aino.view('sales-invitation-link');
  await zoe.see('landing-replaced', first, 0);
  await zoe.page.goto(await stage.aino.page.locator('#link').inputValue());
  await zoe.press('form[action="/invitation/continue"] button');
  await zoe.signInWith('zoe.lang@harbour.example');
  await zoe.press('a[href="/invitation/decline"]');
  await zoe.press('main form button');
  await zoe.view('landing-declined');
  const max = await stage.person();
  const maxLink = await invitationLink(max, 'max.huber');
  await stage.aino.page.goto(`${stage.demo.portal}/sales/invitations`);
  await stage.aino.press(within(stage.aino, 'tr', 'max.huber').getByRole('link').first());
  await stage.aino.press('form[action$="/revoke"] button');
  await stage.aino.view('sales-invitation-revoked');
  await max.see('landing-revoked', maxLink, 0);
  await stage.aino.see('sales-invitations-many', '/sales/invitations');
  const lead = await stage.person();
  await lead.see('landing-lead', await invitationLink(lead, 'nils.berg'));
}

export async function f_admin(stage) {
  const marta = await stage.person();
  await marta.signIn('/home', 'Marta Lindqvist');
  await marta.view('home');
  await marta.see('home-overview', '/home/overview');
  for (const [name, path] of [['services', '/services'], ['why', '/why'], ['profile', '/profile'], ['sessions', '/profile/sessions'], ['sign-out', '/sign-out']]) await marta.see(name, path);
  await marta.page.goto(`${stage.demo.portal}/profile`);
  await marta.page.locator('input[name="given_name"]').fill('');
  await marta.page.locator('input[name="family_name"]').fill('');
  await marta.press('main form button');
  await marta.view('profile-wrong');
  const members = await href(marta.page.locator('a[href$="/members"]').first());
  const base = members.replace(/\/members$/, '');
  stage.harbour = base;
  await marta.see('members', members);
  await marta.page.locator('main details.menu > summary').first().click();
  await marta.view('members-menu');
  await marta.see('members-search', `${members}?q=becker`);
  await marta.see('members-none', `${members}?q=virtanne`);
  await marta.see('members-invited', `${members}?status=invited`, 0);
  await marta.see('roles', `${base}/roles`);
  await marta.see('requests-none', `${base}/requests`);
  await marta.see('audit', `${base}/audit`);
  await marta.see('audit-none', `${base}/audit?q=zzz`);
  await marta.page.goto(stage.demo.portal + members);
  const own = await href(marta.page.getByRole('link', { name: 'Marta Lindqvist' }).last());
  const tom = await href(marta.page.getByRole('link', { name: 'Tom Becker' }).last());
  await marta.see('member', tom);
  await marta.see('member-self', own);
  await marta.see('member-last-admin', `${own}/remove`, 0);
  await marta.see('change-roles', `${tom}/roles`);
  for (const box of await marta.page.locator('input[name="role"]:checked').all()) await box.uncheck();
  await marta.press('main form button[type="submit"]');
  await marta.view('change-roles-none');
  await marta.see('member-until', `${tom}/dates`);
  await marta.page.locator('input[name="until"]').fill('2020-01-01');
  await marta.press('main form button[type="submit"]');
  await marta.view('member-until-past');
  await marta.see('member-sign-out', `${tom}/sign-out`);
  await marta.see('seats', `${base}/seats`);
  if (await marta.page.locator('input[name="more"]').count()) {
    await marta.page.locator('input[name="more"]').fill('none');
    await marta.press('main form button[type="submit"]');
    await marta.view('seats-wrong');
    await marta.page.locator('input[name="more"]').fill('3');
    await marta.press('main form button[type="submit"]');
    await marta.view('seats-asked');
  }
  await marta.see('settings', `${base}/settings`);
  await marta.page.locator('input[name="join"][value="verified_domain"]').check();
  await marta.press('main form button[type="submit"]');
  await marta.view('settings-waits-for-domain');
  await marta.see('settings-sign-out', `${base}/settings/sign-out`);
  await marta.see('consents-none', '/profile/consents');
  await marta.see('suspend', `${tom}/suspend`);
  await marta.press('main form button');
  await marta.view('suspended');
  await marta.see('restore', `${tom}/restore`);
  await marta.press('main form button');
  await marta.see('remove', `${tom}/remove`);
  await marta.see('hand-over', `${tom}/hand-over`);
  await marta.page.goto(stage.demo.portal + members);
  for (const box of await marta.page.locator('input[name="membership"]').all()) await box.check();
  await marta.view('members-picked');
  await marta.press('button[value="suspend"]');
  await marta.view('several-suspend');
  await marta.see('invite', `${base}/invitations/new`);
  await marta.press('button[value="preview"]');
  await marta.view('invite-empty');
  await marta.page.locator('textarea[name="people"]').fill('Kim Example <kim@harbour.example>\nkim@harbour.example\ntom.becker@harbour.example\nlena.fischer@harbour.example\nnot-an-address\nfriend@gmail.com\nrobin.king@harbour.example, alex.stone@harbour.example');
  await marta.page.locator('input[name="roles"]:not([disabled])').nth(1).check();
  await marta.press('button[value="preview"]');
  await marta.view('invite-preview');
  await marta.press('button[value="send"]');
  await marta.view('invite-result');
  await marta.see('members-pending', members);
  await marta.press(marta.page.getByRole('link', { name: 'Kim Example' }).last());
  await marta.view('invitation');
  const kim = new URL(marta.page.url()).pathname;
  await marta.see('invitation-link-question', `${kim}/link`);
  await marta.press('main form button');
  await marta.view('invitation-link');
  await marta.see('invitation-revoke', `${kim}/revoke`);
  await marta.press('main form button');
  await marta.view('invitation-revoked');
  const tomSelf = await stage.person();
  await tomSelf.signIn('/home', 'Tom Becker');
  await tomSelf.view('home-member');
  await tomSelf.see('who-can-help', members, 403);
  await tomSelf.see('sales-unseen', '/sales', 404);
  await tomSelf.see('foreign', '/organizations/org_00000000000000000000000000/members', 404);
}

export async function g_states(stage) {
  const look = async (prefix, name) => {
    const person = await stage.person();
    await person.signIn('/home', name);
    await person.view(`home-${prefix}`);
    await person.see(`services-${prefix}`, '/services');
    await person.see(`why-${prefix}`, '/why');
    return person;
  };
  const ute = await look('ends-soon', 'Ute Bergmann');
  const requests = await href(ute.page.locator('a[href$="/requests"]').first());
  await ute.see('requests', requests);
  await ute.press('table a.button');
  await ute.view('request');
  await ute.press('form[action$="/decline"] button');
  await ute.view('request-no-reason');
  const ian = await look('grace', 'Ian Doyle');
  await ian.see('members-grace', await href(ian.page.locator('a[href$="/members"]').first()));
  await look('ended', 'Edda Holm');
  const paul = await look('two', 'Paul Novak');
  await paul.page.locator('.topbar .menu.start > summary').click();
  await paul.view('organizations-open');
}

export async function h_registrations(stage) {
  const jonas = await stage.person({ staff: true });
  await jonas.signIn('/sales/registrations', 'Jonas Weber');
  await jonas.view('registrations');
  await jonas.press(within(jonas, 'tr', 'Greta').getByRole('link').first());
  await jonas.view('registration-unconfirmed');
  await jonas.press('form[action$="/decline"] button');
  await jonas.view('registration-no-reason');
  await jonas.page.goto(`${stage.demo.portal}/sales/registrations`);
  const sven = within(jonas, 'tr', 'Sven');
  if (await sven.count()) { await jonas.press(sven.getByRole('link').first()); await jonas.view('registration-new-company'); }
  for (const tab of ['waiting_crm', 'waiting_organization', 'approved', 'declined', 'withdrawn']) await jonas.see(`registrations-${tab}`, `/sales/registrations?state=${tab}`);
}

export async function i_crm(stage) {
  const aino = stage.aino;
  await aino.see('crm-accounts', '/crm');
  await aino.see('crm-accounts-none', '/crm?q=zzz');
  await aino.see('crm-leads', '/crm/leads');
  await aino.press(within(aino, 'tr', 'Sofia').getByRole('link').first());
  await aino.view('crm-lead');
  await aino.page.goto(`${stage.demo.portal}/crm`);
  await aino.press(within(aino, 'tr', 'Bergmann').getByRole('link').first());
  await aino.view('crm-account');
  const account = new URL(aino.page.url()).pathname;
  await aino.see('crm-account-edit', `${account}/edit`);
  await aino.see('crm-contact-new', `${account}/contacts/new`);
  await aino.press('main form button[type="submit"]');
  await aino.view('crm-contact-new-wrong');
  await aino.see('crm-contract-new', `${account}/contracts/new`);
  await aino.page.goto(stage.demo.portal + account);
  await aino.press(within(aino, 'a', 'CT-2023-1002'));
  await aino.view('crm-contract');
  await aino.page.goto(stage.demo.portal + account);
  await aino.press(within(aino, 'tr', 'Klaus Braun').getByRole('link').first());
  await aino.view('crm-contact-wrong-address');
  await aino.page.goto(stage.demo.portal + account);
  await aino.press(within(aino, 'tr', 'Ute Bergmann').getByRole('link').first());
  await aino.view('crm-contact');
  await aino.page.goto(`${stage.demo.portal}/crm`);
  await aino.press(within(aino, 'tr', 'Coastal').getByRole('link').first());
  await aino.press(within(aino, 'tr', 'Lars Ohm').getByRole('link').first());
  await aino.press('form[action$="/invite"] button');
  await aino.view('crm-contact-invited');
  // One contract on hold, then so many ended that the rest waits for a person.
  const set = async (name, number, status) => {
    await aino.page.goto(`${stage.demo.portal}/crm`);
    await aino.press(within(aino, 'tr', name).getByRole('link').first());
    await aino.press(within(aino, 'a', number));
    await aino.page.locator('select[name="status"]').selectOption(status);
    await aino.press('main form button[type="submit"]');
  };
  await set('Coastal', 'CT-2025-1006', 'suspended');
  const hanna = await stage.person();
  await hanna.signIn('/home', 'Hanna Petersen');
  await hanna.view('home-suspended');
  await hanna.see('services-suspended', '/services');
  for (const [name, number] of [['Atlas', 'CT-2025-1005'], ['Vega', 'CT-2025-1007'], ['Bergmann', 'CT-2023-1002'], ['Delta', 'CT-2023-1003'], ['Harbour', 'CT-2024-1001'], ['Old Mill', 'CT-2022-1004']]) await set(name, number, 'ended');
}

export async function j_operations(stage) {
  const olivia = await stage.person({ staff: true });
  await olivia.signIn('/operations', 'Olivia Okafor');
  await olivia.view('operations');
  for (const tab of ['deliveries', 'dead-letters', 'matches', 'connections', 'receipts', 'audit']) await olivia.see(`operations-${tab}`, `/operations/${tab}`);
  await olivia.see('operations-deliveries-none', '/operations/deliveries?state=parked');
  await olivia.see('operations-audit-none', '/operations/audit?about=zzz');
  await olivia.see('operations-people', '/operations/people');
  await olivia.see('operations-people-found', '/operations/people?q=tom.becker%40harbour.example');
  await olivia.press('a[href^="/why?person="]');
  await olivia.view('why-other');
  await olivia.page.goBack();
  await olivia.press('main a[href$="/keep-out"]');
  await olivia.view('operations-keep-out');
  await olivia.press('main form button');
  await olivia.view('operations-keep-out-empty');
  await olivia.see('operations-people-none', '/operations/people?q=nobody%40harbour.example');
  await olivia.see('operations-people-wrong', '/operations/people?q=nobody');
  await olivia.see('operations-clients-none', '/operations/clients');
  await olivia.press('main form.form button');
  await olivia.view('operations-clients-wrong');
  await olivia.page.locator('input[name="name"]').fill('Invite button');
  await olivia.page.locator('input[value="invitations:write"]').check();
  await olivia.press('main form.form button');
  await olivia.view('operations-client-secret');
  await olivia.see('operations-clients', '/operations/clients');
  await olivia.page.locator('main table summary').first().click();
  await olivia.press('a[href$="/revoke"]');
  await olivia.view('operations-client-revoke');
  await olivia.see('operations-webhooks-none', '/operations/webhooks');
  await olivia.press('main form.form button');
  await olivia.view('operations-webhooks-wrong');
  await olivia.page.locator('input[name="name"]').fill('Data warehouse');
  await olivia.page.locator('input[name="url"]').fill('https://hooks.nowhere.example/portal');
  await olivia.page.locator('input[value="membership"]').check();
  await olivia.press('main form.form button');
  await olivia.view('operations-webhook-secret');
  await olivia.see('operations-webhooks', '/operations/webhooks');
  await olivia.press('main table a[href*="/operations/webhooks/whk_"]');
  await olivia.view('operations-webhook');
  await olivia.press('main form[action$="/test"] button');
  await olivia.view('operations-webhook-tested');
  await olivia.press('main a[href$="/remove"]');
  await olivia.view('operations-webhook-remove');
  await olivia.press('main form button');
  await olivia.see('api-reference', '/api/v1/reference');
  await olivia.see('operations-reconciliation-never', '/operations/reconciliation');
  await olivia.press('main form[action$="/reconcile"] button');
  await olivia.view('operations-reconciliation-started');
  await olivia.see('operations-mapping', '/operations/connections/crm/mapping');
  await olivia.page.locator('textarea[name="mapping"]').fill('[transforms]\n"contact.phone" = "e164 +49"\n');
  await olivia.press('main form.form button');
  await olivia.view('operations-mapping-preview');
  await olivia.page.locator('textarea[name="mapping"]').fill('[felder]\n');
  await olivia.press('main form.form button');
  await olivia.view('operations-mapping-wrong');
  await olivia.see('operations-held', '/operations/connections/crm/held');
  await olivia.see('operations-catalogue', '/operations/catalogue');
  await olivia.press('main table a[href$="/roles/orders"]');
  await olivia.view('operations-catalogue-role');
  await olivia.page.locator('input[name="name_en"]').fill('');
  await olivia.press('main form button[value="put"]');
  await olivia.view('operations-catalogue-role-wrong');
  await olivia.see('operations-catalogue-new-role', '/operations/catalogue/new-role');
  await olivia.see('operations-catalogue-service', '/operations/catalogue/services/shop');
  await olivia.see('operations-catalogue-new-service', '/operations/catalogue/new-service');
  await olivia.see('operations-catalogue-import', '/operations/catalogue/import');
  await olivia.page.locator('textarea[name="table"]').fill('entry,key,tier\nrole,odd,king\n');
  await olivia.press('main form.form button');
  await olivia.view('operations-catalogue-import-wrong');
  await olivia.page.goto(`${stage.demo.portal}/operations/catalogue/roles/service`);
  await olivia.press('main form button[value="drop"]');
  await olivia.view('operations-catalogue-draft');
  await olivia.see('operations-catalogue-preview', '/operations/catalogue/preview');
  await olivia.see('operations-catalogue-versions', '/operations/catalogue/versions');
  await olivia.see('operations-catalogue-version', '/operations/catalogue/versions/1');
  await olivia.page.goto(`${stage.demo.portal}/operations/catalogue`);
  await olivia.press('main form:has(input[value="discard"]) button');
  await olivia.view('operations-catalogue-discarded');
  await olivia.page.goto(`${stage.demo.portal}/operations/dead-letters`);
  await olivia.press(olivia.page.locator('main a[href*="/replay"]').first());
  await olivia.view('operations-replay-all');
  await olivia.page.goto(`${stage.demo.portal}/operations/dead-letters`);
  await olivia.press(olivia.page.locator('main table a').first());
  await olivia.view('operations-delivery');
  await olivia.press(olivia.page.locator('main a[href$="/skip"]'));
  await olivia.view('operations-skip');
  await olivia.press('main form button');
  await olivia.view('operations-skip-empty');
  await olivia.see('operations-pause', '/operations/destinations/mail/pause', 0);
  await olivia.page.goto(`${stage.demo.portal}/operations/audit`);
  await olivia.press('form[action="/operations/audit/verify"] button');
  await olivia.view('operations-verified');
}

// The HTML part of a mail as a page of its own; in its frame no script may run, not even axe.
async function showMail(person, name, path) {
  const html = await (await person.page.request.get(person.demo.portal + path)).text();
  await person.page.route('**/shown-mail', (route) => route.fulfill({ contentType: 'text/html; charset=utf-8', body: html }));
  await person.page.goto(`${person.demo.portal}/shown-mail`);
  await person.view(name, { mail: true });
  await person.page.unroute('**/shown-mail');
}

export async function k_mails(stage) {
  const reader = await stage.person();
  await reader.see('mailbox', '/demo/mail');
  const subjects = new Map();
  for (const link of await reader.page.locator('main table a').all()) {
    const kind = (await link.innerText()).replace(/[A-ZÄÖÜ][\p{L}]+ [A-ZÄÖÜ][\p{L}]+/gu, 'N').slice(0, 24);
    if (!subjects.has(kind)) subjects.set(kind, await href(link));
  }
  let number = 0;
  for (const path of subjects.values()) {
    number += 1;
    await reader.see(`mail-${number}`, path);
    await showMail(reader, `mail-${number}-html`, `${path}/html`);
  }
}
