// The HTML reports of diff and check in Chromium, about a bundle whose texts try to become markup and scripts, and about a
// fleet of 1,000 hosts; the picture as XML and as pixels. Everything is kept in out/web.

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';

import { binary, check, checks, root } from './cases.mjs';

const directory = mkdtempSync(join(tmpdir(), 'panelgen-report-'));
const run = (args) => {
  try {
    return execFileSync(binary, args, { cwd: directory, maxBuffer: 1 << 28, stdio: ['ignore', 'pipe', 'ignore'] });
  } catch (error) {
    if (error.status === 1) return error.stdout;
    throw error;
  }
};
const HOSTILE = `"><script>alert(1)</script><img src=x onerror=alert(1)><style>*{display:none}</style><a href="javascript:alert(1)">\u202e'&`;
run(['render', '-d', 'example.com', '-o', 'old/']);
run(['render', '-d', 'example.com', '-t', 'none', '-o', 'new/']);
for (const name of ['old', 'new']) {
  const path = join(directory, name, 'root/etc/nginx/conf.d/default.conf');
  writeFileSync(path, readFileSync(path, 'utf8') + `${HOSTILE} ${name};\n`);
  writeFileSync(join(directory, name, 'root/etc/nginx/conf.d', `<b onload=alert(1)>${name}.conf`), HOSTILE);
}
writeFileSync(join(directory, 'old/panel.yaml'), 'domain: example.com\n');
writeFileSync(join(directory, 'new/panel.yaml'), 'domain: example.com\npanel: none\n');
const hosts = Array.from({ length: 1000 }, (_, at) => `  - {domain: h${at}.example.com, routes: [{path: /r${at}/, upstream: "http://127.0.0.1:${3000 + at}"}]}\n`);
const fleet = (some) => `defaults: {panel: none, code_server: {enabled: false}}\nhosts:\n${some.join('')}`;
writeFileSync(join(directory, 'fleet.yaml'), fleet(hosts));
writeFileSync(join(directory, 'few.yaml'), fleet(hosts.slice(0, 12)));
run(['render', '--fleet', 'fleet.yaml', '-o', 'fleet/']);
const reports = {
  diff: run(['diff', 'old', 'new', '--format', 'html']),
  check: run(['check', 'new', '--no-programs', '--format', 'html']),
  'fleet-diff': run(['diff', '--fleet', 'fleet.yaml', '--set', 'nginx.client_max_body_size=5m', 'fleet/', '--format', 'html']),
  'fleet-check': run(['check', '--fleet', 'few.yaml', '--no-programs', '--format', 'html']),
};
const shots = join(root, 'out/web');
mkdirSync(shots, { recursive: true });
const pictures = { host: run(['graph', '-d', 'example.com']), changed: run(['graph', 'old', 'new']) };
const files = [];
for (const [extension, some] of [['html', reports], ['svg', pictures]]) {
  for (const [name, bytes] of Object.entries(some)) {
    files.push(join(shots, `${extension === 'svg' ? 'picture' : 'report'}-${name}.${extension}`));
    writeFileSync(files.at(-1), bytes);
  }
}
// Debian's Python has the parser of the standard.
execFileSync('/usr/bin/python3', [new URL('valid.py', import.meta.url).pathname, ...files], { stdio: 'inherit' });
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] });
const times = [];
for (const name of Object.keys(reports)) {
  const file = join(shots, `report-${name}.html`);
  for (const [mode, options] of [['script', {}], ['plain', { javaScriptEnabled: false }]]) {
    const context = await browser.newContext({ viewport: { width: 1200, height: 900 }, ...options });
    const page = await context.newPage();
    const seen = [];
    page.on('dialog', (dialog) => { seen.push(`dialog ${dialog.message()}`); dialog.dismiss(); });
    page.on('request', (request) => request.url().startsWith('file:') || seen.push(request.url()));
    page.on('console', (message) => message.type() === 'error' && seen.push(message.text()));
    const began = performance.now();
    await page.goto(pathToFileURL(file).href);
    if (mode === 'script') times.push(`${name} ${reports[name].length} bytes, ${Math.round(performance.now() - began)} ms`);
    check(seen.length === 0, `${name} ${mode}: ${seen.join('; ')}`);
    const counts = await page.locator('script').count();
    check(counts === 1 && (await page.locator('img, a[href], iframe, object').count()) === 0, `${name}: foreign elements`);
    check((await page.locator('h1').innerText()).startsWith('panelgen:'), `${name}: the title is visible`);
    if (name === 'diff') {
      await page.locator('summary', { hasText: 'nginx/conf.d/default.conf' }).first().click();
      check((await page.locator('details[open] .diff').innerText()).includes('<script>alert(1)</script>'), 'markup is shown as text');
      await page.locator('#side').check();
      check((await page.locator('.picture svg').count()) === 1, 'the picture is there');
      if (mode === 'script') {
        await page.fill('#search', 'sysctl');
        check((await page.locator('details[data-item]:visible').count()) >= 1, 'the search leaves what it finds');
      }
    }
    if (name === 'fleet-diff') check((await page.locator('body').textContent()).includes('h999.example.com'), 'every host is in the report');
    await page.screenshot({ path: join(shots, `report-${name}-${mode}.png`) });
    await context.close();
  }
}
for (const name of Object.keys(pictures)) {
  for (const [size, colorScheme, scale] of [[800, 'light', 1], [1600, 'dark', 2]]) {
    const context = await browser.newContext({ viewport: { width: 800, height: 900 }, deviceScaleFactor: scale, colorScheme });
    const page = await context.newPage();
    await page.goto(pathToFileURL(join(shots, `picture-${name}.svg`)).href);
    const pixels = await page.locator('svg').screenshot({ path: join(shots, `picture-${name}-${size}-${colorScheme}.png`) });
    // Width, from the header of the PNG.
    check(pixels.readUInt32BE(16) === size, `${name}: ${pixels.readUInt32BE(16)} pixels wide`);
    const paper = await page.evaluate(() => getComputedStyle(document.querySelector('.paper')).fill);
    check((paper === 'rgb(255, 255, 255)') === (colorScheme === 'light'), `${name} ${colorScheme}: the paper is ${paper}`);
    await context.close();
  }
}
await browser.close();
console.log(`report: ${checks()} checks passed; opened: ${times.join('; ')}`);
