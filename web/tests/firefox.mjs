// The page in headless Firefox, driven by WebDriver BiDi: the form, a mistake, the explanation of a line, downloads, the link,
// an opened bundle. The rest is tested in Chromium.

import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import puppeteer from 'puppeteer-core';

import { cases, check, checks, rendered, root } from './cases.mjs';
import { origin } from './site.mjs';

const before = checks();
const downloads = mkdtempSync(join(tmpdir(), 'panelgen-firefox-'));
const browser = await puppeteer.launch({
  browser: 'firefox',
  executablePath: process.env.FIREFOX ?? '/usr/bin/firefox-esr',
  headless: true,
  extraPrefsFirefox: { 'browser.download.folderList': 2, 'browser.download.dir': downloads, 'browser.download.useDownloadDir': true },
});
const requests = [];
const errors = [];

async function open(hash = '') {
  const page = await browser.newPage();
  page.setDefaultTimeout(120000);
  await page.setViewport({ width: 1280, height: 900 });
  page.on('request', (request) => requests.push(request.url()));
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
  page.on('pageerror', (error) => errors.push(error.message));
  await page.goto(`${origin}/?lang=en${hash}`);
  await page.waitForSelector('html[data-ready]');
  return page;
}

const text = (page, selector) => page.$eval(selector, (node) => node.textContent);
const fill = (page, field, value) => page.$eval(`#field-${field}`, (node, value) => {
  node.value = value;
  node.dispatchEvent(new Event('input', { bubbles: true }));
}, value);

// Whoever downloads waits until the file is whole: Firefox writes into a `.part` beside it.
async function download(page, format) {
  for (const name of readdirSync(downloads)) rmSync(join(downloads, name));
  await page.click('#tab-take');
  await page.click(`[data-format="${format}"]`);
  for (let tries = 0; tries < 600; tries += 1) {
    const names = readdirSync(downloads);
    if (names.length === 1 && !names[0].endsWith('.part') && statSync(join(downloads, names[0])).size > 0) return readFileSync(join(downloads, names[0]));
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`no download of ${format}: ${readdirSync(downloads)}`);
}

const page = await open();
check((await text(page, '#status')).includes('files rendered'), 'Firefox: the first state is rendered');
await page.focus('#field-domain');
await page.keyboard.press('End');
await page.keyboard.type('x');
check((await text(page, 'ol.code')).includes('example.comx'), 'Firefox: the file shows what was typed');
await fill(page, 'domain', 'example_com');
check((await text(page, '#field-domain-problem')).includes('domain-invalid'), 'Firefox: the mistake is beside its field');
await fill(page, 'domain', 'panel.example.org');
check((await text(page, '#field-domain-problem')).trim() === '', 'Firefox: the message is gone');
const line = await page.$$eval('ol.code li', (rows) => rows.findIndex((row) => row.textContent.includes('server_name panel.example.org')));
await page.$eval(`ol.code li:nth-child(${line + 1}) .number`, (button) => button.click());
await page.waitForSelector('#origin h4');
check((await text(page, '#origin')).includes('domain'), 'Firefox: the line is determined by the domain');
const tar = await download(page, 'tar');
const link = await page.$eval('#link', (node) => node.getAttribute('href'));
const again = await open(`#${link.split('#')[1]}`);
check(Buffer.compare(await download(again, 'tar'), tar) === 0, 'Firefox: the link makes the same bundle');
await again.evaluate((base64) => {
  const transfer = new DataTransfer();
  transfer.items.add(new File([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))], 'bundle.tar'));
  document.body.dispatchEvent(new DragEvent('drop', { dataTransfer: transfer, bubbles: true, cancelable: true }));
}, tar.toString('base64'));
await again.waitForFunction(() => document.querySelector('#tab-changes').getAttribute('aria-selected') === 'true');
const wanted = cases.filter((one) => !one.hasPassword).slice(0, 4);
check(wanted.length === 4, 'Firefox: four cases');
for (const one of wanted) {
  const reader = await open();
  await (await reader.$('#open')).uploadFile(one.path);
  await reader.waitForFunction(() => document.querySelector('#open').value === '');
  for (const format of ['tar', 'sh', 'cloud-config.gz', 'svg']) {
    check(Buffer.compare(await download(reader, format), rendered(one, format)) === 0, `Firefox: ${one.name}: the download ${format} differs`);
  }
  await reader.close();
}
mkdirSync(join(root, 'out/web'), { recursive: true });
await page.screenshot({ path: join(root, 'out/web/files-desktop-firefox.png') });
const outside = requests.filter((url) => !url.startsWith(`${origin}/`) && !url.startsWith('blob:') && !url.startsWith('data:'));
check(outside.length === 0, `Firefox: requests left the page: ${outside}`);
check(errors.length === 0, `Firefox: errors of the page: ${errors.slice(0, 5).join('; ')}`);
console.log(`firefox: ${checks() - before} checks passed, ${await browser.version()}`);
await browser.close();
rmSync(downloads, { recursive: true });
