// Headless Chromium, people in private windows of their own, and axe on every page they meet.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

export function launch() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
      '--disable-component-update', '--disable-sync'],
  });
}

// One person at one browser. Keeps a list of everything that is wrong with the pages they meet.
export class Person {
  constructor(browser, demo, options) {
    Object.assign(this, { browser, demo, options, wrong: [], seen: new Set() });
  }

  async open() {
    this.context = await this.browser.newContext({
      viewport: { width: this.options.width, height: 900 },
      javaScriptEnabled: this.options.script,
      colorScheme: this.options.scheme ?? 'light',
      locale: this.options.locale ?? 'en-GB',
    });
    this.page = await this.context.newPage();
    this.page.setDefaultTimeout(15_000);
    this.page.on('console', (message) => {
      if (message.type() === 'error' && /Content Security Policy/.test(message.text())) this.wrong.push(`${this.page.url()}: ${message.text()}`);
    });
    this.page.on('pageerror', (error) => this.wrong.push(`${this.page.url()}: ${error.message}`));
    return this;
  }

  async close() { await this.context.close(); }

  async go(path) {
    const answer = await this.page.goto(path.startsWith('http') ? path : this.demo.portal + path);
    await this.look();
    return answer.status();
  }

  // Clicks something that leads to a page, and looks at that page.
  async click(target) {
    const arrived = this.page.waitForNavigation({ waitUntil: 'load' });
    await target.click();
    await arrived;
    await this.look();
  }

  link(name, scope = this.page) { return scope.getByRole('link', { name }).first(); }

  button(name, scope = this.page) { return scope.getByRole('button', { name }).first(); }

  async text() { return this.page.locator('main').innerText(); }

  // Signs in at the demo provider, whose page is open.
  async signInAs(name) {
    await this.look();
    await this.button(name).click();
    await this.page.waitForURL((url) => url.href.startsWith(this.demo.portal));
    await this.page.waitForLoadState('load');
    await this.look();
  }

  // Reflow and axe. Without script axe cannot run in the page; then the same page is looked at with
  // script by the other runs of the journey.
  async look() {
    const url = new URL(this.page.url());
    const place = url.origin === this.demo.portal ? url.pathname.replace(/[a-z]{3}_[0-9a-z]{26}/g, ':id') : url.origin + url.pathname;
    const width = await this.page.locator('html').evaluate((html) => html.scrollWidth).catch(() => 0);
    if (width > this.options.width) this.wrong.push(`${place}: ${width} px wide at ${this.options.width} px`);
    if (!this.options.script) return;
    const title = await this.page.title();
    const key = `${place} ${title}`;
    if (this.seen.has(key)) return;
    this.seen.add(key);
    const violations = await this.violations();
    this.wrong.push(...violations.map((violation) => `${key}: axe ${violation}`));
  }

  // What axe finds on the page that is open.
  async violations() {
    await this.page.evaluate(axe);
    const { violations } = await this.page.evaluate((tags) => globalThis.axe.run(document, {
      runOnly: { type: 'tag', values: tags }, resultTypes: ['violations'], iframes: false,
    }), RULES);
    return violations.map((violation) => {
      const where = violation.nodes.slice(0, 3).map((node) => `${node.target.join(' ')} ${node.failureSummary ?? ''}`.replace(/\s+/g, ' ')).join('; ');
      return `${violation.id}: ${where}`;
    });
  }
}
