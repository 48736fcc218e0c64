// People who look closely: every page they open is measured wide and narrow, light and dark.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { Person } from './browser.mjs';

// A folder for full-page pictures of everything (VESTIBULE_PICTURES=dir); none are taken otherwise.
const pictures = process.env.VESTIBULE_PICTURES;
const WIDE = 1280;
const NARROW = [375, 320];

export class Looker extends Person {
  constructor(browser, demo, options) {
    super(browser, demo, { width: WIDE, script: true, ...options });
    this.lang = (this.options.locale ?? 'en').slice(0, 2);
  }

  async open() {
    await super.open();
    this.page.setDefaultTimeout(30_000);
    await this.page.emulateMedia({ reducedMotion: 'reduce' });
    return this;
  }

  // Between two views: only `view` looks.
  async look() {}

  async signIn(path, name) {
    await this.page.goto(this.demo.portal + path);
    await this.page.locator('button.card', { hasText: name }).first().click();
    await this.page.waitForURL((url) => url.href.startsWith(this.demo.portal));
    await this.page.waitForLoadState('load');
    return this;
  }

  async signInAs(name) {
    await this.page.locator('button.card', { hasText: name }).first().click();
    await this.page.waitForURL((url) => url.href.startsWith(this.demo.portal));
    await this.page.waitForLoadState('load');
  }

  // Signs in at the demo provider with any address.
  async signInWith(address) {
    await this.page.locator('form input[name="email"]').fill(address);
    await this.page.locator('form button.main').first().click();
    await this.page.waitForURL((url) => url.href.startsWith(this.demo.portal));
    await this.page.waitForLoadState('load');
  }

  async press(selector) {
    const target = typeof selector === 'string' ? this.page.locator(selector).first() : selector;
    await Promise.all([this.page.waitForNavigation({ waitUntil: 'load' }), target.click()]);
  }

  async see(name, path, status = 200) {
    const answer = await this.page.goto(path.startsWith('http') ? path : this.demo.portal + path);
    if (status && answer.status() !== status) this.wrong.push(`${name}: ${path} answered ${answer.status()}, not ${status}`);
    await this.view(name);
  }

  // Looks at the page that is open: its outline, axe wide and narrow, no sideways scrolling.
  async view(name, { mail = false } = {}) {
    const page = this.page;
    await page.waitForLoadState('load');
    // What a page asks for after itself belongs to it.
    await page.waitForFunction(() => !document.querySelector('[hx-trigger="load"] > p > a:only-child'), null, { timeout: 10_000 })
      .catch(() => this.wrong.push(`${name}: a part was never loaded`));
    const dark = this.options.scheme === 'dark';
    if (!mail) await this.outline(name);
    await page.emulateMedia({ colorScheme: dark ? 'dark' : 'light' });
    if (!dark) await this.axe(name);
    if (pictures) await this.picture(name, WIDE);
    const broad = await page.evaluate(() => [...document.querySelectorAll('.table-card')].some((card) => card.scrollWidth > card.clientWidth + 1));
    if (broad) this.wrong.push(`${name}: a table is wider than its card`);
    for (const width of NARROW) {
      await page.setViewportSize({ width, height: 800 });
      const { wide, who } = await page.evaluate(() => {
        const limit = document.documentElement.clientWidth;
        const beyond = [...document.querySelectorAll('body *')].find((element) => element.getBoundingClientRect().right > limit + 1);
        return { wide: document.documentElement.scrollWidth, who: beyond ? `${beyond.tagName}.${beyond.className}` : '' };
      });
      if (wide > width) this.wrong.push(`${name}: ${wide} px wide at ${width} px (${who})`);
      if (width === NARROW[0]) {
        if (dark) await this.axe(name);
        if (pictures) await this.picture(name, width);
      }
    }
    await page.setViewportSize({ width: WIDE, height: 900 });
    if (pictures) console.error(name, this.wrong.splice(0));
  }

  // One h1, no level left out, a title that names the page, a language.
  async outline(name) {
    const found = await this.page.evaluate(() => ({
      levels: [...document.querySelectorAll('h1,h2,h3,h4,h5')].filter((heading) => !heading.closest('.error-summary')).map((heading) => Number(heading.tagName[1])),
      title: document.title,
      lang: document.documentElement.lang,
      raw: document.querySelector('main')?.innerText.match(/\b(?:org|per|mem|inv|reg|dlv|con|tsk|ses)_[0-9a-z]{20,}\b/)?.[0] ?? '',
    }));
    if (found.levels.filter((level) => level === 1).length !== 1) this.wrong.push(`${name}: ${found.levels.filter((level) => level === 1).length} h1`);
    found.levels.reduce((before, level) => {
      if (level > before + 1) this.wrong.push(`${name}: h${level} after h${before}`);
      return level;
    }, 0);
    if (!/\S.* – \S/.test(found.title) && this.page.url().startsWith(this.demo.portal)) this.wrong.push(`${name}: title “${found.title}”`);
    if (found.lang !== this.lang) this.wrong.push(`${name}: language ${found.lang}`);
    if (found.raw && !this.options.staff) this.wrong.push(`${name}: shows the id ${found.raw}`);
  }

  async axe(name) {
    const violations = await this.violations();
    this.wrong.push(...violations.map((violation) => `${name}: axe ${violation}`));
  }

  async picture(name, width) {
    mkdirSync(pictures, { recursive: true });
    const kind = `${this.lang}-${this.options.scheme ?? 'light'}`;
    await this.page.screenshot({ path: join(pictures, `${name}.${kind}.${width}.png`), fullPage: true });
  }
}
