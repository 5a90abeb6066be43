// SPDX-License-Identifier: MIT
// A client that encrypts, for tests/it_e2e.c, made from spillway-e2e(7) alone: node tests/e2e.mjs PORT NICK
// Makes an account of its nick, publishes a list of its one device, and prints "ready". It reads commands:
//	say NICK TEXT	encrypts the text for that account; \n in it is a line break
// and prints what it hears, by account:
//	heard ACCOUNT TEXT, act ACCOUNT TEXT, refused ACCOUNT WHY
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { MAX_PARTS, MAX_TEXT, Refused, concat, decode, encode, equal, fold, openEnvelope, readEnvelope, readList, sodium,
	writeEnvelope, writeList } from './e2e_format.mjs';

const [port, nick] = process.argv.slice(2);
const KEY = 'spillway.e2e', TAG = '+spillway/e2e', PASSWORD = 'correct horse';
const CAPS = 'account-tag batch draft/metadata-3 echo-message labeled-response message-tags server-time';
const seed = sodium.randombytes_buf(32), secret = sodium.randombytes_buf(32);
const device = sodium.crypto_scalarmult_base(secret);

const socket = connect(Number(port), '127.0.0.1');
const send = line => socket.write(`${line}\r\n`);

// ---- the directory ----

const questions = new Map(); // account → what waits for its list
const identities = new Map(); // account → the identity that is believed

async function listOf(account) {
	const value = await new Promise(resolve => {
		questions.set(fold(account), [...questions.get(fold(account)) ?? [], resolve]);
		send(`METADATA ${account} GET ${KEY}`);
	});
	const list = readList(account, value);
	const known = identities.get(fold(account)) ?? list.identity;

	if (!equal(known, list.identity))
		throw new Refused('identity');
	if (Number(list.expiry) * 1000 <= Date.now())
		throw new Refused('ended');
	identities.set(fold(account), known);
	return list;
}

function takeValue(target, value) {
	const [first, ...rest] = questions.get(fold(target)) ?? [];

	questions.set(fold(target), rest);
	first?.(value);
}

// ---- saying ----

const sent = new Map(); // account → { sequence, hash }

async function say(to, string) {
	const theirs = await listOf(to), bytes = new TextEncoder().encode(string.replaceAll('\\n', '\n'));
	const parts = Math.max(1, Math.ceil(bytes.length / MAX_TEXT));

	if (parts > MAX_PARTS)
		throw new Refused('too long');
	for (let part = 1; part <= parts; part++) {
		const before = sent.get(fold(to)) ?? { sequence: 0n, hash: new Uint8Array(32) };
		const envelope = writeEnvelope({ from: nick, to, secret, sequence: before.sequence + 1n, time: Date.now(),
			previous: before.hash, ephemeral: sodium.randombytes_buf(32), key: sodium.randombytes_buf(32),
			devices: [...theirs.devices, device], kind: 1, part, parts,
			text: bytes.slice((part - 1) * MAX_TEXT, part * MAX_TEXT) });

		sent.set(fold(to), { sequence: before.sequence + 1n, hash: readEnvelope(envelope).hash });
		send(`@${TAG}=${encode(envelope)} PRIVMSG ${to} :[encrypted]`);
	}
}

// ---- hearing ----

const chains = new Map(); // device → { sequence, hash }
let pieces = [];

async function hear(from, string) {
	const envelope = readEnvelope(decode(string)), id = encode(envelope.sender);
	const list = await listOf(from);

	if (!list.devices.some(one => equal(one, envelope.sender)))
		throw new Refused('device');
	const got = openEnvelope(envelope, from, nick, secret), chain = chains.get(id);
	if (chain && envelope.sequence <= chain.sequence)
		throw new Refused('repeated');
	if (chain && (envelope.sequence !== chain.sequence + 1n || !equal(envelope.previous, chain.hash)))
		throw new Refused('order');
	chains.set(id, { sequence: envelope.sequence, hash: envelope.hash });
	pieces = got.part === 1 ? [got.text] : [...pieces, got.text];
	if (got.part !== got.parts || pieces.length !== got.parts)
		return;
	const text = new TextDecoder('utf-8', { fatal: true }).decode(concat(...pieces));
	console.log(got.kind === 2 ? 'act' : 'heard', from, text.replaceAll('\n', '\\n'));
}

// ---- lines of IRC ----

function parse(line) {
	const [, tags, source, rest] = /^(?:@(\S+) +)?(?::(\S+) +)?(.*)$/.exec(line);
	const [middle, ...last] = rest.split(/ :(.*)/s), [command, ...parameters] = middle.split(' ');

	return { tags: Object.fromEntries((tags ?? '').split(';').map(tag => tag.split(/=(.*)/s))), source, command,
		parameters: last.length > 0 ? [...parameters, last[0]] : parameters };
}

// In their order, though each may have to ask.
let queue = Promise.resolve();
const enqueue = (who, run) => {
	queue = queue.then(run).catch(error => console.log('refused', who, error.kind ?? error.message));
};

const takes = {
	'PING': m => send(`PONG :${m.parameters.at(-1)}`),
	'001': () => send(`REGISTER * * :${PASSWORD}`),
	'REGISTER': () => {
		send(`METADATA * SET ${KEY} :${writeList(nick, seed, { version: Date.now(),
			expiry: Math.floor(Date.now() / 1000) + 28 * 86400, devices: [device] })}`);
	},
	'761': m => {
		if (m.parameters[1] === '*' || m.parameters[1] === nick)
			console.log('ready');
		else
			takeValue(m.parameters[1], m.parameters.at(-1));
	},
	'766': m => takeValue(m.parameters[1], ''),
	'PRIVMSG': m => {
		if (m.tags[TAG] !== undefined && m.source.split('!')[0] !== nick)
			enqueue(m.tags.account, () => hear(m.tags.account, m.tags[TAG]));
	},
	'FAIL': m => console.log('fail', m.parameters.join(' ')),
};

createInterface({ input: socket, crlfDelay: Infinity }).on('line', line => {
	const message = parse(line);

	takes[message.command]?.(message);
});
createInterface({ input: process.stdin }).on('line', line => {
	const [, to, text] = /^say (\S+) (.*)$/.exec(line);

	enqueue(to, () => say(to, text));
}).on('close', () => enqueue(nick, () => send('QUIT')));
socket.on('close', () => process.exit(0));
send(`CAP REQ :${CAPS}`);
send(`NICK ${nick}`);
send(`USER ${nick} 0 * :A client of the tests`);
send('CAP END');
