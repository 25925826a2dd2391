// The page inside the documentation, which `docs/build` writes.

import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

import { check, root, site } from './cases.mjs';
import { serve } from './site.mjs';

const book = join(site, '../book');
if (existsSync(join(book, 'index.html'))) {
  const origin = await serve(book);
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] });
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, locale: 'en-US' });
  page.setDefaultTimeout(120000);
  const requests = [];
  page.on('request', (request) => requests.push(request.url()));
  await page.goto(`${origin}/docs/page.html`);
  const frame = await (await page.waitForSelector('iframe')).contentFrame();
  await frame.waitForSelector('html[data-ready]', { state: 'attached' });
  await frame.fill('#field-domain', 'inside.example.org');
  check((await frame.textContent('ol.code')).includes('inside.example.org'), 'the page works inside the book');
  const outside = requests.filter((url) => !url.startsWith(`${origin}/`));
  check(outside.length === 0, `requests left the book: ${outside}`);
  mkdirSync(join(root, 'out/web'), { recursive: true });
  await page.screenshot({ path: join(root, 'out/web/book.png') });
  await browser.close();
  console.log('book: the page works inside it');
} else {
  check(!process.env.PANELGEN_REQUIRE_ALL, `${book} is not built: run docs/build`);
  console.log('SKIPPED: the page inside the book: run docs/build');
}
