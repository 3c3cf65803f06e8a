// Looks at a report's page in Chromium: node report_browser.mjs PAGE FOLDER-FOR-SCREENSHOTS
// Ends with 1 and says why where something is not as it must be.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const require = createRequire(path.join(process.env.IMGOPT_NODE_MODULES, 'x.js'));
const { chromium } = require('playwright-core');
const [page_path, shots] = process.argv.slice(2);

const profile = fs.mkdtempSync(path.join(os.tmpdir(), 'imgopt-chromium-'));
const context = await chromium.launchPersistentContext(profile, {
  executablePath: process.env.IMGOPT_CHROMIUM, headless: true, viewport: { width: 1280, height: 900 },
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync'],
});
const troubles = [];
let status = 0;
try {
  const page = await context.newPage();
  page.on('console', (message) => { if (['error', 'warning'].includes(message.type())) troubles.push(message.text()); });
  page.on('pageerror', (error) => troubles.push(String(error)));
  page.on('request', (request) => { if (!/^(file|data):/.test(request.url())) troubles.push(`asked the network for ${request.url()}`); });
  const shot = async (name) => page.screenshot({ path: path.join(shots, `${name}.png`) });
  const first = (column) => page.locator('#rows tr').first().locator('td').nth(column).innerText();

  await page.goto(pathToFileURL(page_path).href);
  const facts = await page.evaluate(() => JSON.parse(document.getElementById('data').textContent));
  const outputs = facts.images.reduce((sum, image) => sum + Math.max(1, image.outputs.length), 0);
  const failed = facts.images.filter((image) => image.status === 'failed').length;

  // Failures stand above all else.
  if (failed > 0) {
    assert.match(await page.locator('main > section:visible').first().innerText(), new RegExp(`${failed} images? failed`));
    assert.equal(await page.locator('#failure-list li strong').first().innerText(), facts.images.find((i) => i.status === 'failed').source);
  }
  const cards = (await page.locator('#totals .card').allInnerTexts()).map((text) => text.split('\n'));
  const counted = facts.images.filter((image) => image.status !== 'skipped').length;
  assert.equal(cards[0][0], counted.toLocaleString('en'), 'as the build counts');
  assert.equal(cards.some(([count, label]) => count === String(failed) && /images? failed/.test(label)), failed > 0);
  assert.equal(await page.locator('#plot-formats svg rect').count(), 2 * Math.min(6, facts.formats.length));
  assert.match(await page.locator('#filter-count').innerText(), new RegExp(`${outputs.toLocaleString('en')} of`));
  await shot('light');

  // Sorting, both ways.
  const bytes = (text) => { const [n, unit] = text.split(' '); return Number(n) * { B: 1, kB: 1e3, MB: 1e6 }[unit]; };
  const largest = Math.max(...facts.images.map((i) => i.bytes)), smallest = Math.min(...facts.images.map((i) => i.bytes));
  await page.locator('th[data-sort="before"] button').click();
  assert.equal(await page.locator('th[data-sort="before"]').getAttribute('aria-sort'), 'descending');
  assert.ok(Math.abs(bytes(await first(5)) / largest - 1) < 0.01);
  await page.locator('th[data-sort="before"] button').press('Enter');
  assert.equal(await page.locator('th[data-sort="before"]').getAttribute('aria-sort'), 'ascending');
  assert.ok(Math.abs(bytes(await first(5)) / smallest - 1) < 0.01);

  // Filters.
  const wanted = facts.images.find((i) => i.status === 'ok' && i.outputs.length > 0);
  await page.locator('#filter-text').fill(wanted.source);
  assert.equal(await page.locator('#rows tr').count(), facts.images.filter((i) => i.source.includes(wanted.source)).reduce((n, i) => n + i.outputs.length, 0));
  await page.locator('#filter-text').fill('no such image');
  assert.ok(await page.locator('#nothing').isVisible());
  await page.locator('#filter-text').fill('');
  const format = facts.formats[0];
  await page.locator('#filter-format').selectOption(format.name);
  assert.match(await page.locator('#filter-count').innerText(), new RegExp(`^${format.outputs.toLocaleString('en')} of`));
  await page.locator('#filter-kind').selectOption('failed');
  await page.locator('#filter-format').selectOption('');
  assert.equal(await page.locator('#rows tr').count(), facts.images.filter((i) => i.status === 'failed').reduce((n, i) => n + Math.max(1, i.outputs.filter((o) => o.status === 'failed').length), 0));
  for (const [kind, lossless] of [['lossless', true], ['lossy', false]]) {
    await page.locator('#filter-kind').selectOption(kind);
    const count = facts.images.reduce((n, i) => n + i.outputs.filter((o) => o.lossless === lossless && o.status !== 'failed').length, 0);
    assert.match(await page.locator('#filter-count').innerText(), new RegExp(`^${count.toLocaleString('en')} of`));
    if (count > 0) assert.equal(await first(3), kind);
  }
  await page.locator('#filter-kind').selectOption('');

  // The viewer, by keyboard: both images at equal scale, slider, zoom, next, back to where it began.
  await page.locator('th[data-sort="saved"] button').click();
  await page.locator('#rows button').first().focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('Enter');
  assert.ok(await page.locator('#viewer').isVisible());
  await page.waitForFunction(() => ['before', 'after'].every((id) => { const i = document.getElementById(id); return i.complete && i.naturalWidth > 0; }));
  const boxes = () => page.evaluate(() => ['before', 'after'].map((id) => { const b = document.getElementById(id).getBoundingClientRect(); return [b.x, b.y, b.width, b.height].map(Math.round); }));
  const [before, after] = await boxes();
  assert.deepEqual(before, after);
  await page.locator('#slider').focus();
  await page.keyboard.press('Home');
  assert.match(await page.locator('#after').evaluate((e) => e.style.clipPath), /inset\(0(px)? 0(px)? 0(px)? 0%\)/);
  await page.keyboard.press('End');
  assert.match(await page.locator('#after').evaluate((e) => e.style.clipPath), /100%/);
  await page.mouse.move(before[0] + before[2] / 4, before[1] + before[3] / 2);
  await page.mouse.down();
  await page.mouse.move(before[0] + before[2] / 2, before[1] + before[3] / 2, { steps: 4 });
  await page.mouse.up();
  assert.equal(await page.locator('#slider').inputValue(), '50');
  await shot('viewer-light');
  const natural = await page.locator('#after').evaluate((e) => e.naturalWidth);
  await page.locator('#zooms button', { hasText: '200 %' }).click();
  assert.equal((await boxes())[0][2], 2 * natural);
  assert.deepEqual(...(await boxes()));
  await page.keyboard.press('0');
  assert.deepEqual((await boxes())[0], before);
  assert.ok((await page.locator('#settings-table tr').count()) > 5);
  const title = await page.locator('#viewer-title').innerText();
  await page.keyboard.press('n');
  if (outputs > 1) assert.notEqual(await page.locator('#viewer-title').innerText(), title);
  await page.keyboard.press('p');
  assert.equal(await page.locator('#viewer-title').innerText(), title);
  await page.keyboard.press('Escape');
  assert.ok(!(await page.locator('#viewer').isVisible()));
  assert.equal(await page.evaluate(() => document.activeElement.textContent), title);

  // Every thumbnail that is in view is a picture.
  const unpainted = await page.evaluate(() => [...document.querySelectorAll('td.thumb img')].filter((i) => i.complete && i.naturalWidth === 0).length);
  assert.equal(unpainted, 0);

  // All rows come when they are scrolled to.
  const end = Math.min(outputs, 1000);
  for (let i = 0; i < 200 && (await page.locator('#rows tr').count()) < end; ++i) {
    await page.evaluate(() => window.scrollTo(0, document.body.scrollHeight));
    await page.waitForTimeout(5);
  }
  assert.ok((await page.locator('#rows tr').count()) >= end);
  await page.evaluate(() => window.scrollTo(0, 0));

  const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await background();
  await page.emulateMedia({ colorScheme: 'dark' });
  assert.notEqual(await background(), light);
  await shot('dark');
  await page.locator('#rows button').first().click();
  await page.waitForFunction(() => document.getElementById('after').naturalWidth > 0);
  await shot('viewer-dark');
  await page.keyboard.press('Escape');
  await page.setViewportSize({ width: 390, height: 844 });
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), 'a narrow window must not scroll sideways');
  assert.ok(await page.evaluate(() => [...document.querySelectorAll('#difference-tables .scroll')].every((e) => e.scrollWidth <= e.clientWidth)),
    'nor do the tables of what changed');
  const letters = await page.locator('#plot-formats text').first().evaluate((e) => e.getBoundingClientRect().height);
  assert.ok(letters > 11, `a plot's letters stay legible: ${letters}`);
  await shot('narrow-dark');
  await page.emulateMedia({ colorScheme: 'light' });
  await page.evaluate(() => document.querySelector('#images').scrollIntoView());
  await shot('narrow-light');
  assert.deepEqual(troubles, []);
  console.log(`${outputs} outputs looked at`);
} catch (error) {
  console.error(error);
  console.error(troubles);
  status = 1;
} finally {
  await context.close();
  fs.rmSync(profile, { recursive: true, force: true });
}
process.exit(status);
