// The whole story, walked by people with browsers: a rep invites, the invitee redeems, an
// administrator changes a role, the contract ends in the CRM, the member is refused, and is let in
// again. Once with a wide and once with a narrow window, with and without JavaScript.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { launch, Person } from './support/browser.mjs';
import { startDemo } from './support/demo.mjs';
import { startNginx } from './support/nginx.mjs';

let browser;
before(async () => { browser = await launch(); });
after(async () => { await browser.close(); });

const WINDOWS = [
  { width: 1280, script: true },
  { width: 375, script: true, scheme: 'dark' },
  { width: 1280, script: false },
  { width: 375, script: false },
];

async function arrives(look, limit = 15_000) {
  const end = Date.now() + limit;
  for (;;) {
    const found = await look();
    if (found) return found;
    assert.ok(Date.now() < end, 'it did not arrive in time');
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

async function invite(rep) {
  await rep.go('/sales');
  await rep.signInAs('Aino Virtanen');
  await rep.click(rep.link('Harbour Machine Works'));
  const row = rep.page.locator('tr', { hasText: 'Ravi Menon' });
  await rep.click(rep.link('Invite', row));
  await rep.page.locator('input[value="orders"]').check();
  await rep.click(rep.button('Send invitation'));
  assert.match(await rep.text(), /ravi\.menon@harbour\.example/);
}

async function linkInMailbox(person) {
  return arrives(async () => {
    await person.go('/demo/mail');
    const mail = person.page.locator('tr', { hasText: 'ravi.menon@harbour.example' }).getByRole('link').first();
    if (!(await mail.isVisible())) return null;
    await person.click(mail);
    const text = await person.page.locator('pre.mail-text').textContent();
    return text.match(/http:\S+\/i\/\S+/)[0];
  });
}

async function redeem(invitee) {
  const link = await linkInMailbox(invitee);
  await invitee.go(link);
  assert.equal(new URL(invitee.page.url()).pathname, '/invitation', 'the secret leaves the address');
  assert.match(await invitee.text(), /Harbour Machine Works/);
  await invitee.button('Continue').click();
  await invitee.page.waitForURL((url) => url.href.startsWith(invitee.demo.provider));
  await invitee.signInAs('Ravi Menon');
  await invitee.click(invitee.button('Accept invitation'));
  await invitee.go('/home');
  assert.match(await invitee.text(), /Orders spare parts/);
}

async function changeRole(admin) {
  await admin.go('/home');
  await admin.signInAs('Marta Lindqvist');
  const members = await admin.page.locator('a[href$="/members"]').first().getAttribute('href');
  await admin.go(members);
  await admin.click(admin.link('Ravi Menon'));
  await admin.click(admin.link('Change roles'));
  await admin.page.locator('input[value="service"]').check();
  await admin.click(admin.page.locator('main form button[type="submit"], main form button:not([type])').last());
  assert.match(await admin.text(), /Reports faults/);
  return members.replace(/\/members$/, '');
}

async function setContract(rep, status) {
  await rep.go('/crm');
  await rep.click(rep.link('Harbour Machine Works'));
  await rep.click(rep.link('CT-2024-1001'));
  await rep.page.locator('select[name="status"]').selectOption(status);
  await rep.click(rep.button('Save'));
}

// What somebody gets who opens a service behind nginx, claiming to be more than they are.
async function shop(person, front) {
  const forged = { 'x-vestibule-roles': 'owner', 'x-vestibule-access': 'write', 'x-vestibule-person': 'per_0' };
  const answer = await person.page.request.get(`${front}/shop/parts`, { headers: forged, maxRedirects: 0 });
  return { status: answer.status(), to: answer.headers().location, told: answer.ok() ? await answer.json() : null };
}

async function isServed(person, front) {
  const { status, told } = await shop(person, front);
  assert.equal(status, 200);
  assert.equal(told.path, '/parts');
  assert.match(told['x-vestibule-person'], /^per_.{26}$/);
  assert.doesNotMatch(told['x-vestibule-roles'], /owner/);
  assert.equal(told['x-vestibule-access'], 'write');
  assert.equal(told.cookie, undefined, 'the session is nothing for the service');
}

async function visitAll(person, paths) {
  for (const path of paths) assert.equal(await person.go(path), 200, path);
}

for (const window of WINDOWS) {
  const name = `${window.width} px, ${window.script ? 'with' : 'without'} script`;
  test(`the story, ${name}`, { timeout: 300_000 }, async () => {
    const demo = await startDemo();
    const nginx = await startNginx(demo);
    const front = nginx.origin;
    const person = () => new Person(browser, demo, window).open();
    const everybody = [await person(), await person(), await person(), await person()];
    const [rep, ravi, marta, olivia] = everybody;
    try {
      await rep.go('/');
      await invite(rep);
      await redeem(ravi);
      await isServed(ravi, front);
      const organization = await changeRole(marta);
      await setContract(rep, 'ended');
      const refused = await shop(ravi, front);
      assert.deepEqual([refused.status, refused.to], [303, '/why'], 'refused at the next request');
      await ravi.page.goto(`${front}/shop/parts`);
      assert.equal(new URL(ravi.page.url()).pathname, '/why');
      assert.match(await ravi.text(), /ended/, 'and told why');
      await ravi.go('/services');
      assert.match(await ravi.text(), /ended/);
      assert.equal(await marta.go(`${organization}/members`), 403);
      await setContract(rep, 'active');
      await isServed(ravi, front);
      await olivia.go('/operations');
      await olivia.signInAs('Olivia Okafor');
      await visitAll(olivia, ['/operations/deliveries', '/operations/dead-letters', '/operations/matches',
        '/operations/connections', '/operations/receipts', '/operations/audit']);
      await visitAll(marta, ['/home', '/services', '/why', '/profile', '/profile/sessions', `${organization}/members`,
        `${organization}/requests`, `${organization}/roles`, `${organization}/audit`, `${organization}/invitations/new`]);
      await visitAll(rep, ['/sales', '/sales/invitations', '/sales/registrations', '/crm/leads']);
      const stranger = await person();
      everybody.push(stranger);
      const sent = await shop(stranger, front);
      assert.deepEqual([sent.status, sent.to], [303, '/sign-in?return_to=/shop/']);
      await stranger.go('/');
      await stranger.go('/register');
      await stranger.go('/no-such-page');
      await stranger.go('/?lang=de');
    } finally {
      const wrong = everybody.flatMap((one) => one.wrong);
      await Promise.all(everybody.map((one) => one.close()));
      await nginx.stop();
      await demo.stop();
      assert.deepEqual([...new Set(wrong)], []);
    }
  });
}
