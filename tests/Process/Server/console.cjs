// Drives the console as somebody would, and fails on the first thing that is not as it should be.
// node console.cjs URL TOKEN [directory for screenshots]
const { chromium } = require('playwright-core');
const [url, token, shots] = process.argv.slice(2);

(async () => {
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
  const page = await browser.newPage({ viewport: { width: 1320, height: 860 }, colorScheme: 'light' });
  page.setDefaultTimeout(60_000);
  const wrong = [];
  page.on('pageerror', error => wrong.push('page: ' + error));
  page.on('request', request => {
    if (new URL(request.url()).origin !== new URL(url).origin) wrong.push('elsewhere: ' + request.url());
  });
  const shot = async name => shots && page.screenshot({ path: `${shots}/${name}.png` });
  const has = (selector, text) => page.waitForFunction(
    ([at, what]) => document.querySelector(at)?.textContent.includes(what), [selector, text]);

  // Without the token nothing can be done, and it is said.
  await page.goto(url + '/');
  await page.waitForSelector('#promises .card >> nth=4');
  await page.click('[aria-label="kill eu-3"]');
  await has('#said', 'admin-token');
  await has('#node-eu-3 .state', 'running');
  console.log('refused without a token');

  await page.goto(url + '/#/?token=' + encodeURIComponent(token));
  await page.reload();
  await page.waitForSelector('#promises .card >> nth=4');
  await has('#health', 'all 3 nodes run');
  await page.waitForFunction(() => document.querySelectorAll('#chart canvas').length === 1);
  await page.waitForFunction(() => feed?.confirmMs != null && rates[0].length > 8);
  await shot('overview-light');
  console.log('overview');

  // By keyboard to the log page.
  await page.focus('.skip');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.waitForSelector('#lane-0 canvas');
  await page.waitForFunction(() => feed?.records.some(record => record.state === 'confirmed'));
  await has('#logfacts', 'slots a row');
  const painted = await page.$eval('#lane-0 canvas', canvas => {
    const wanted = getComputedStyle(document.documentElement).getPropertyValue('--confirmed').trim();
    const pixels = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
    const [r, g, b] = [1, 3, 5].map(i => parseInt(wanted.slice(i, i + 2), 16));
    let count = 0;
    for (let i = 0; i < pixels.length; i += 4)
      if (pixels[i] === r && pixels[i + 1] === g && pixels[i + 2] === b) count++;
    return count;
  });
  if (painted < 100) throw new Error(`only ${painted} pixels show confirmed records`);
  await page.focus('#lane-0 canvas');
  await page.keyboard.press('ArrowLeft');
  await has('#picked', 'sub-log');
  console.log('log page:', await page.textContent('#picked'));

  await page.click('#lane-0 [data-act=delay]');
  await has('#cli', './outrider chaos delay eu-');
  await has('#said', '50 ms more');
  await page.waitForFunction(() => feed?.records.some(record => record.state === 'speculative'));
  await shot('log-delayed-light');
  await page.click('#lane-0 [data-act=heal]');
  await has('#cli', './outrider chaos heal');
  console.log('delayed and healed');

  const primary = await page.evaluate(() => primaryOf(0));
  await page.click('#lane-0 [data-act=kill]');
  await has('#cli', './outrider node kill ' + primary);
  await has('#health', '2 of 3 nodes run');
  await page.click('#nav-overview');
  await has(`#node-${primary} .state`, 'killed');
  await page.click('#theme');
  if (await page.evaluate(() => document.documentElement.dataset.theme) !== 'dark') throw new Error('not dark');
  await page.waitForTimeout(shots ? 1500 : 0);
  await shot('overview-dark-killed');
  await page.click(`[aria-label="restart ${primary}"]`);
  await has(`#node-${primary} .state`, 'running');
  await has('#events', 'killed');
  console.log('killed and restarted');
  await page.click('#nav-log');
  await page.waitForFunction(() => ridsOf(0).length > 0 && feed?.records.length > 0);
  await page.waitForTimeout(shots ? 2500 : 0);
  await shot('log-dark');
  if (wrong.length) throw new Error(wrong.join('\n'));
  console.log('the console works');
  await browser.close();
})().catch(error => { console.error(error); process.exit(1); });
