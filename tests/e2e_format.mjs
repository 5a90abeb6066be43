// SPDX-License-Identifier: MIT
// Device lists and envelopes of spillway-e2e(7), made from the manual alone, with npm's libsodium-wrappers.
// `node tests/e2e_format.mjs` checks tests/e2e_vectors.txt; exits with 77, and says why, where there is no library.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const NO_LIBRARY = 77;

export const MAX_DEVICES = 4, MAX_RECIPIENTS = 8, MAX_TEXT = 2171, MAX_PARTS = 8;
const HEAD = 114, RECIPIENT = 80, KEY = 32, TAG = 16, BLOCK = 64, MAX_PADDED = 2176;

// Where tests/install-deps puts it.
export function loadSodium() {
	try {
		return createRequire(new URL('../build/', import.meta.url))('libsodium-wrappers');
	} catch {
		console.error('libsodium-wrappers is not installed; tests/install-deps fetches it');
		return process.exit(NO_LIBRARY);
	}
}

export const sodium = loadSodium();
await sodium.ready;

// What is refused: 'malformed', 'signature', 'forged', 'device', 'text'
export class Refused extends Error {
	constructor(kind) {
		super(kind);
		this.kind = kind;
	}
}

const text = string => new TextEncoder().encode(string);
const zero = new Uint8Array(1);
// Nobody else may have written it in another way.
export const encode = bytes => Buffer.from(bytes).toString('base64url');

export function decode(string) {
	const bytes = Buffer.from(string, 'base64url');

	if (bytes.toString('base64url') !== string)
		throw new Refused('malformed');
	return new Uint8Array(bytes);
}

export function concat(...pieces) {
	return new Uint8Array(Buffer.concat(pieces.map(piece => Buffer.from(piece))));
}

export const equal = (a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)) === 0;

function big(number, length) {
	const bytes = new Uint8Array(length);

	for (let i = length - 1, rest = BigInt(number); i >= 0; i--, rest >>= 8n)
		bytes[i] = Number(rest & 255n);
	return bytes;
}

const number = bytes => bytes.reduce((sum, byte) => sum << 8n | BigInt(byte), 0n);
const label = string => concat(text(`spillway-e2e-v1 ${string}`), zero);
export const fold = account => account.replace(/[A-Z]/g, letter => letter.toLowerCase());
const name = account => concat(text(fold(account)), zero);

// ---- device lists ----

export function identityOf(seed) {
	return sodium.crypto_sign_seed_keypair(seed).publicKey;
}

export function writeList(account, seed, { version, expiry, devices }) {
	const keys = sodium.crypto_sign_seed_keypair(seed);
	const record = concat([1], keys.publicKey, big(version, 8), big(expiry, 4), [devices.length], ...devices);
	const signature = sodium.crypto_sign_detached(concat(label('device list'), name(account), record),
		keys.privateKey);

	return encode(concat(record, signature));
}

export function readList(account, string) {
	const bytes = decode(string), n = bytes[45], length = 46 + n * KEY;

	if (bytes.length < 46 || bytes[0] !== 1 || n < 1 || n > MAX_DEVICES || bytes.length !== length + 64)
		throw new Refused('malformed');
	const record = bytes.slice(0, length), devices = [];
	for (let i = 0; i < n; i++)
		devices.push(record.slice(46 + i * KEY, 46 + (i + 1) * KEY));
	if (new Set(devices.map(encode)).size !== n)
		throw new Refused('malformed');
	const identity = record.slice(1, 33);
	if (!sodium.crypto_sign_verify_detached(bytes.slice(length),
		concat(label('device list'), name(account), record), identity))
		throw new Refused('signature');
	return { identity, version: number(record.slice(33, 41)), expiry: number(record.slice(41, 45)), devices };
}

export function fingerprint(account, identity) {
	const hash = sodium.crypto_generichash(40, concat(label('fingerprint'), name(account), identity));
	const groups = [];

	for (let i = 0; i < 40; i += 5)
		groups.push(String(number(hash.slice(i, i + 5)) % 100000n).padStart(5, '0'));
	return groups.join(' ');
}

// ---- envelopes ----

const nonce = new Uint8Array(24);
const seal = (plain, additional, key) =>
	sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(plain, additional, null, nonce, key);

function open(closed, additional, key) {
	try {
		return sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(null, closed, additional, nonce, key);
	} catch {
		throw new Refused('forged');
	}
}

const context = (what, from, to, head, devices) => concat(label(what), name(from), name(to), head, ...devices);

function wrapKey(first, second, device, binding) {
	return sodium.crypto_generichash(32, concat(label('wrap'), device, binding), concat(first, second));
}

function shared(secret, key) {
	try {
		return sodium.crypto_scalarmult(secret, key);
	} catch {
		throw new Refused('forged');
	}
}

// { from, to, secret, sequence, time, previous, ephemeral, key, devices, kind, part, parts, text }: bytes
export function writeEnvelope(e) {
	const head = concat([1], sodium.crypto_scalarmult_base(e.secret), big(e.sequence, 8), big(e.time, 8), e.previous,
		sodium.crypto_scalarmult_base(e.ephemeral), [e.devices.length]);
	const plain = concat([e.kind, e.part, e.parts], big(e.text.length, 2), e.text);
	const padded = concat(plain, new Uint8Array((BLOCK - plain.length % BLOCK) % BLOCK));
	const closed = seal(padded, context('text', e.from, e.to, head, e.devices), e.key);
	const binding = sodium.crypto_generichash(32,
		concat(context('binding', e.from, e.to, head, e.devices), closed));
	const recipients = e.devices.map(device => concat(device, seal(e.key, null,
		wrapKey(shared(e.ephemeral, device), shared(e.secret, device), device, binding))));

	return concat(head, ...recipients, closed);
}

export function readEnvelope(bytes) {
	const n = bytes[113], start = HEAD + n * RECIPIENT, closed = bytes.slice(start);

	if (bytes.length < HEAD || bytes[0] !== 1 || n < 1 || n > MAX_RECIPIENTS || bytes.length < start ||
		number(bytes.slice(33, 41)) === 0n || closed.length < BLOCK + TAG || closed.length > MAX_PADDED + TAG ||
		(closed.length - TAG) % BLOCK !== 0)
		throw new Refused('malformed');
	const recipients = [];
	for (let at = HEAD; at < start; at += RECIPIENT)
		recipients.push({ device: bytes.slice(at, at + KEY), wrapped: bytes.slice(at + KEY, at + RECIPIENT) });
	return { head: bytes.slice(0, HEAD), sender: bytes.slice(1, 33), sequence: number(bytes.slice(33, 41)),
		time: number(bytes.slice(41, 49)), previous: bytes.slice(49, 81), ephemeral: bytes.slice(81, 113),
		recipients, closed, hash: hashOf(bytes) };
}

export const hashOf = bytes => sodium.crypto_generichash(32, concat(label('envelope'), bytes));

export function openEnvelope(envelope, from, to, secret) {
	const device = sodium.crypto_scalarmult_base(secret);
	const devices = envelope.recipients.map(recipient => recipient.device);
	const own = envelope.recipients.find(recipient => equal(recipient.device, device));

	if (!own)
		throw new Refused('device');
	const binding = sodium.crypto_generichash(32,
		concat(context('binding', from, to, envelope.head, devices), envelope.closed));
	const key = open(own.wrapped, null,
		wrapKey(shared(secret, envelope.ephemeral), shared(secret, envelope.sender), device, binding));
	const padded = open(envelope.closed, context('text', from, to, envelope.head, devices), key);
	const [kind, part, parts] = padded, end = 5 + Number(number(padded.slice(3, 5)));

	if ((kind !== 1 && kind !== 2) || part < 1 || part > parts || parts > MAX_PARTS || end > padded.length ||
		padded.length - end >= BLOCK || padded.slice(end).some(byte => byte !== 0))
		throw new Refused('text');
	return { kind, part, parts, text: padded.slice(5, end) };
}

// ---- the vectors ----

const hex = string => new Uint8Array(Buffer.from(string, 'hex'));

function mustBe(what, got, expected) {
	if (got !== expected)
		throw new Error(`${what}: ${got} instead of ${expected}`);
}

function mustRefuse(v, run) {
	let kind = 'nothing';

	try {
		run();
	} catch (error) {
		kind = error.kind;
	}
	mustBe(v.text ?? v.bytes, kind, v.error);
}

const checks = {
	'list': v => {
		const list = { version: BigInt(v.version), expiry: BigInt(v.expiry), devices: v.devices.split(',').map(hex) };
		const got = readList(v.account, v.text);

		mustBe('a list', writeList(v.account, hex(v.seed), list), v.text);
		mustBe('a version', got.version, list.version);
		mustBe('an end', got.expiry, list.expiry);
		mustBe('devices', got.devices.map(encode).join(), list.devices.map(encode).join());
		mustBe('a fingerprint', fingerprint(v.account, got.identity), v.fingerprint.replaceAll('-', ' '));
	},
	'bad-list': v => mustRefuse(v, () => readList(v.account, v.text)),
	'envelope': v => {
		const secrets = v.recipients.split(',').map(hex);
		const bytes = writeEnvelope({ from: v.from, to: v.to, secret: hex(v.secret), sequence: v.sequence,
			time: v.time, previous: hex(v.previous), ephemeral: hex(v.ephemeral), key: hex(v.key),
			devices: secrets.map(secret => sodium.crypto_scalarmult_base(secret)), kind: Number(v.kind),
			part: Number(v.part), parts: Number(v.parts), text: hex(v.text) });

		mustBe('an envelope', encode(bytes), v.bytes);
		mustBe('a hash', Buffer.from(hashOf(bytes)).toString('hex'), v.hash);
		for (const secret of secrets) {
			const got = openEnvelope(readEnvelope(bytes), v.from, v.to, secret);

			mustBe('a text', Buffer.from(got.text).toString('hex'), v.text);
			mustBe('a part', `${got.kind} ${got.part} ${got.parts}`, `${v.kind} ${v.part} ${v.parts}`);
		}
	},
	'bad-envelope': v => mustRefuse(v,
		() => openEnvelope(readEnvelope(decode(v.bytes)), v.from, v.to, hex(v.secret))),
};

function checkVectors() {
	const lines = readFileSync(new URL('e2e_vectors.txt', import.meta.url), 'utf8').split('\n');
	let n = 0;

	for (const line of lines.filter(line => line !== '' && !line.startsWith('#'))) {
		const [kind, ...values] = line.split(' ');

		checks[kind](Object.fromEntries(values.map(value => {
			const at = value.indexOf('=');

			return [value.slice(0, at), value.slice(at + 1)];
		})));
		n++;
	}
	console.log(`${n} vectors`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
	checkVectors();
