// The page in headless Chromium: the form, mistakes, downloads, links, opened files, accessibility, and that no request
// leaves it. Screenshots are in out/web.

import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

import { PASSWORD, cases, check, checks, rendered, root } from './cases.mjs';
import { origin } from './site.mjs';

const shots = join(root, 'out/web');
mkdirSync(shots, { recursive: true });
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] });
const requests = [];
const errors = [];

async function open(options = {}, hash = '', query = '') {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, locale: 'en-US', ...options });
  await context.addInitScript({ content: 'window.onerror = (message) => console.error(message);' });
  // Long enough for a busy machine.
  context.setDefaultTimeout(120000);
  const page = await context.newPage();
  page.on('request', (request) => requests.push(request.url()));
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
  page.on('pageerror', (error) => errors.push(error.message));
  await page.goto(`${origin}/${query}${hash}`);
  await page.waitForSelector('html[data-ready]', { state: 'attached', timeout: 20000 }).catch(async (error) => { console.error(errors, await page.textContent('#status')); throw error; });
  return page;
}

const status = (page) => page.textContent('#status');
const settle = (page) => page.waitForFunction(() => true);

// Opens the sections around a field.
const reveal = (page, field) =>
  page.evaluate((id) => { for (let up = document.getElementById(id).closest('details'); up; up = up.parentElement.closest('details')) up.open = true; }, `field-${field}`);

async function download(page, format) {
  if ((await page.getAttribute('#tab-take', 'aria-selected')) !== 'true') await page.click('#tab-take');
  const [file] = await Promise.all([page.waitForEvent('download'), page.click(`[data-format="${format}"]`)]);
  return readFileSync(await file.path());
}

// axe runs in a page without a content security policy for scripts of its own, so it is evaluated, not loaded.
async function accessible(page, what) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }));
  const bad = violations.filter((one) => ['serious', 'critical'].includes(one.impact));
  check(bad.length === 0, `${what}: ${JSON.stringify(bad.map((one) => [one.id, one.nodes.slice(0, 3).map((node) => node.html.slice(0, 120))]))}`);
}

// The form, and every kind of mistake beside its field.
const page = await open();
check((await status(page)).includes('files rendered'), 'the first state is rendered');
await page.fill('#field-domain', 'panel.example.org\nwww.example.org');
await page.click('#tab-files');
check((await page.textContent('ol.code')).includes('www.example.org'), 'the file shows what was typed');
const mistakes = [
  ['domain', 'example_com', 'domain-invalid'],
  ['mail', 'no-sign', 'mail-invalid'],
  ['mirror', 'ftp://x', ''],
  ['faasd-gateway_port', '99999', ''],
  ['faasd-memory_max', '500MBs', ''],
  ['faasd-timeout', 'soon', ''],
  ['code_server-path', 'ide', ''],
  ['tls-server', 'http://ca.example.com', ''],
  ['certbot-calendar', 'whenever', ''],
  ['dirs-install', 'relative', ''],
];
for (const [field, value, code] of mistakes) {
  const before = await page.inputValue(`#field-${field}`);
  await reveal(page, field);
  await page.fill(`#field-${field}`, value);
  const text = await page.textContent(`#field-${field}-problem`);
  check(text.trim().length > 10 && text.includes(code), `${field}: ${text}`);
  check((await page.getAttribute(`#field-${field}`, 'aria-invalid')) === 'true', `${field} is marked`);
  check((await status(page)).includes('error'), `${field}: the status has the error`);
  await page.fill(`#field-${field}`, before);
  check((await page.textContent(`#field-${field}-problem`)).trim() === '', `${field}: the message is gone`);
}
await page.fill('#field-faasd-memory_max', '500MB');
await page.click('#field-faasd-memory_max-problem button.apply');
check((await page.inputValue('#field-faasd-memory_max')) !== '500MB', 'the hint is applied');
check((await status(page)).includes('files rendered'), 'the applied hint is valid');
await page.fill('#field-faasd-memory_max', '');

// Which parameters determine a line.
await page.click('#tab-files');
const line = await page.evaluate(() => [...document.querySelectorAll('ol.code li')].findIndex((row) => row.textContent.includes('server_name panel.example.org')));
await page.click(`ol.code li:nth-child(${line + 1}) .number`);
await page.waitForFunction(() => document.querySelector('#origin h4'));
check((await page.textContent('#origin')).includes('domain'), 'the line is determined by the domain');
check(page.workers().length === 1, 'a worker explains, so that the page goes on');
await page.waitForSelector('html[data-linted]', { state: 'attached' });
check((await page.textContent('#origin')).includes('domain'), 'the findings, which come later, leave the answer there');

// A section that can be switched off.
await reveal(page, 'tls-hsts');
await page.selectOption('#field-tls-hsts', 'false');
check((await status(page)).includes('files rendered') && !(await page.textContent('ol.code')).includes('Strict-Transport'), 'HSTS is off');
check(await page.isDisabled('#field-tls-hsts-max_age'), 'a section that is off has no fields');
await page.selectOption('#field-tls-hsts', '');
check((await page.textContent('ol.code')).includes('Strict-Transport'), 'HSTS is on again');

// A list of records.
await page.evaluate(() => { document.querySelector('details[data-path="routes"]').open = true; });
await page.click('details[data-path="routes"] > button');
await page.fill('#field-routes-0-path', '/grafana/');
await page.fill('#field-routes-0-upstream', 'http://127.0.0.1:3001');
check((await status(page)).includes('files rendered'), 'the route is valid');
await page.click('#tab-changes');
check((await page.textContent('#panel-changes')).includes('reload nginx'), 'the actions have the reload of nginx');
await page.click('#tab-picture');
check((await page.textContent('#panel-picture svg')).includes('+ 127.0.0.1:3001'), 'the picture marks the new upstream');

// The link has the parameters, and never the password.
await page.fill('#field-passinit', PASSWORD);
await page.fill('#field-mirror', 'https://user:hidden-word@mirror.example.com/panel');
await page.click('#tab-take');
const link = await page.getAttribute('#link', 'href');
const decoded = Buffer.from(link.split('#p=')[1].replaceAll('-', '+').replaceAll('_', '/'), 'base64').toString();
check(!decoded.includes('correct horse') && !decoded.includes('hidden-word') && decoded.includes('/grafana/'), `the link: ${decoded}`);
check(!page.url().includes(Buffer.from(PASSWORD).toString('base64').slice(0, 12)), 'the address has no password');
check((await page.textContent('#command')).includes('--passinit-file'), 'the command has the password as a file');
const own = await page.textContent('.code, #command');
check(!own.includes(PASSWORD), 'the command line has no password');
await page.fill('#field-mirror', 'https://mirror.example.com/panel');
await page.fill('#field-passinit', '');
const tar = await download(page, 'tar');
await page.click('#tab-take');
const again = await open({}, `#${(await page.getAttribute('#link', 'href')).split('#')[1]}`);
check(Buffer.compare(await download(again, 'tar'), tar) === 0, 'the link makes the same bundle');

// A bundle and a parameters file by drag and drop.
const drop = (target, name, bytes) =>
  target.evaluate(([name, base64]) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))], name));
    document.body.dispatchEvent(new DragEvent('drop', { dataTransfer: transfer, bubbles: true, cancelable: true }));
  }, [name, Buffer.from(bytes).toString('base64')]);
const dropped = await open();
await drop(dropped, 'bundle.tar', tar);
await dropped.waitForFunction(() => document.querySelector('#tab-changes').getAttribute('aria-selected') === 'true');
check((await dropped.textContent('#panel-changes')).length > 20, 'the dropped bundle is compared');
await drop(dropped, 'panel.yaml', 'domain: dropped.example.org\npanel: none\n');
await dropped.waitForFunction(() => document.querySelector('#field-domain').value === 'dropped.example.org');
for (const [name, bytes] of [['hostile.yaml', 'domain: "<img src=x onerror=alert(1)>.example.org"\n'], ['noise.tar', Buffer.alloc(4096, 255)], ['empty', '']]) {
  await drop(dropped, name, bytes);
  await dropped.waitForTimeout(100);
  check((await dropped.evaluate(() => document.querySelectorAll('img, script:not([src])').length)) === 0, `${name} became markup`);
}

// Every case, opened as a file: each download has the bytes of the binary.
const reader = await open();
for (const one of cases) {
  await reader.setInputFiles('#open', { name: 'panel.yaml', mimeType: 'text/yaml', buffer: Buffer.from(one.yaml) });
  await reader.waitForFunction(() => document.querySelector('#open').value === '');
  await reader.waitForTimeout(30);
  await reader.fill('#field-passinit', one.hasPassword ? PASSWORD : '');
  for (const format of ['tar', 'sh', 'cloud-config', 'cloud-config.gz', 'ansible', 'svg']) {
    const [theirs, mine] = [rendered(one, format), await download(reader, format)];
    check(Buffer.compare(theirs, mine) === 0, `${one.name}: the download ${format} differs: ${mine.length} and ${theirs.length} bytes; ${await status(reader)}`);
  }
}

// The time from a keystroke to the result.
const times = [];
for (let at = 0; at < 20; at += 1) {
  await page.fill('#field-domain', `host${at}.example.org`);
  times.push(Number(await page.getAttribute('html', 'data-milliseconds')));
}
times.sort((a, b) => a - b);

// Five states in two sizes, light and dark, two languages, without serious findings.
for (const [size, viewport, scheme] of [['desktop', { width: 1280, height: 900 }, 'light'], ['phone', { width: 390, height: 844 }, 'dark']]) {
  for (const language of ['en', 'zh']) {
    const view = await open({ viewport, colorScheme: scheme }, '', `?lang=${language}`);
    const states = [
      ['files', async () => view.click('#tab-files')],
      ['mistake', async () => view.fill('#field-domain', 'example_com')],
      ['picture', async () => { await view.fill('#field-domain', 'example.com'); await view.selectOption('#field-panel', 'none'); await view.click('#tab-picture'); }],
      ['changes', async () => { await view.click('#tab-changes'); }],
      ['take', async () => { await view.click('#tab-take'); await view.waitForFunction(() => document.querySelectorAll('#sizes li').length === 2); }],
    ];
    for (const [name, act] of states) {
      await act();
      await settle(view);
      await accessible(view, `${size} ${language} ${name}`);
      if (language === 'en' || name === 'files') await view.screenshot({ path: join(shots, `${name}-${size}-${language}.png`), fullPage: size === 'phone' && name !== 'files' });
      check(await view.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${size} ${language} ${name} is wider than the screen`);
    }
    await view.context().close();
  }
}

// With the keyboard alone: skip link, tabs.
const keys = await open();
await keys.keyboard.press('Tab');
check((await keys.evaluate(() => document.activeElement.className)) === 'skip', 'the first stop is the skip link');
await keys.focus('#tab-files');
await keys.keyboard.press('ArrowRight');
check((await keys.evaluate(() => document.activeElement.id)) === 'tab-picture', 'arrow keys move between tabs');

const outside = requests.filter((url) => !url.startsWith(`${origin}/`) && !url.startsWith('blob:') && !url.startsWith('data:'));
check(outside.length === 0, `requests left the page: ${outside}`);
check(errors.length === 0, `errors of the page: ${errors.slice(0, 5).join('; ')}`);
console.log(`page: ${checks()} checks passed, ${cases.length} cases; a keystroke takes ${times[10]} ms (median of 20), ${times.at(-1)} ms at most`);
await browser.close();

