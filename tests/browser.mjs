// SPDX-License-Identifier: MIT
// Opens an address in Chromium, for tests/it_browser.c: node tests/browser.mjs ADDRESS FOLDER
// Prints a line whenever something that the page shows has changed, until SIGTERM;
// SIGUSR2 presses the button over the picture:
//	picture 42	the number in one of tests/harness_picture.c's pictures
//	picture #9f2c…	another picture, by its hash
//	state …, notice …, viewers …, streams …, offers …, watch …, play …, publish …
//	error …		from the page's console or scripts
// Exits with 77, and says why, where there is no Chromium or no playwright-core to drive it with.
import { createRequire } from 'node:module';
import { accessSync, constants, mkdtempSync } from 'node:fs';
import { join } from 'node:path';

const NO_BROWSER = 77, LOOK_MS = 50;
const FLAGS = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
	'--disable-background-networking', '--disable-component-update', '--disable-sync',
	'--autoplay-policy=no-user-gesture-required'];
const [address, parent] = process.argv.slice(2);
const folder = process.env.TMPDIR = mkdtempSync(join(parent, 'browser-'));

function skip(why) {
	console.error(why);
	process.exit(NO_BROWSER);
}

function findChromium() {
	for (const place of process.env.PATH.split(':')) {
		const path = join(place, 'chromium');
		try {
			accessSync(path, constants.X_OK);
			return path;
		} catch { /* the next one */ }
	}
	return skip('chromium is not installed');
}

// Where tests/install-deps puts it.
function loadPlaywright() {
	try {
		return createRequire(new URL('../build/', import.meta.url))('playwright-core');
	} catch {
		return skip('playwright-core is not installed: tests/install-deps test');
	}
}

// Runs in the page.
function look() {
	const text = id => {
		const node = document.getElementById(id);
		return node && node.checkVisibility() ? node.textContent : '';
	};
	const seen = {
		state: text('state'), notice: text('notice'), viewers: text('viewers'), watch: text('watch'),
		play: text('play'), publish: text('publish'),
		offers: [...document.querySelectorAll('#list span')].map(span => span.textContent)
			.filter(about => about.startsWith('on demand')).join(' '),
		streams: [...document.querySelectorAll('#list a')].map(a => a.firstChild.data).join(' '),
	};
	const img = [...document.querySelectorAll('#screen img')].find(one => one.naturalWidth > 0 &&
		getComputedStyle(one).visibility === 'visible');
	if (!img) return seen;

	const canvas = document.createElement('canvas');
	const { width, height } = Object.assign(canvas, { width: img.naturalWidth, height: img.naturalHeight });
	const context = canvas.getContext('2d', { willReadFrequently: true });
	context.drawImage(img, 0, 0);
	const { data } = context.getImageData(0, 0, width, height);
	const isWhite = (x, y) => data[4 * (Math.floor(y) * width + Math.floor(x))] > 128;
	let number = 0, whole = width === 160 && height === 120;
	for (let cell = 0; cell < 16; cell++) {
		const x = (cell + 0.5) * width / 16, bit = isWhite(x, height / 4);

		number = number * 2 + bit;
		whole &&= bit !== isWhite(x, height * 3 / 4);
	}
	let hash = 0x811c9dc5; // FNV-1a
	for (const byte of data) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
	seen.picture = whole ? String(number) : '#' + hash.toString(16);
	return seen;
}

const chromium = findChromium(), playwright = loadPlaywright();
const context = await playwright.chromium.launchPersistentContext(join(folder, 'profile'), {
	executablePath: chromium, args: FLAGS, handleSIGTERM: false,
});
let ending = false;
process.on('SIGTERM', async () => {
	ending = true;
	await context.close();
	process.exit(0);
});

const page = context.pages()[0] ?? await context.newPage();
process.on('SIGUSR2', () => page.click('#again'));
page.on('pageerror', error => console.log('error', error.message));
page.on('console', message => {
	// A browser says of each answer that it is an error; the page looks for what isn't there.
	if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
		console.log('error', message.text());
});
// 'load' never comes while a stream runs.
await page.goto(address, { waitUntil: 'commit' });

const last = {};
while (!ending) {
	try {
		for (const [what, value] of Object.entries(await page.evaluate(look))) {
			if (last[what] === value) continue;
			last[what] = value;
			console.log(what, value);
		}
	} catch (error) {
		if (!ending) throw error;
	}
	await new Promise(resolve => setTimeout(resolve, LOOK_MS));
}
