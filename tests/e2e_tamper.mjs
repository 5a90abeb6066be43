// SPDX-License-Identifier: MIT
// Somebody between a client and the chat, for tests/it_e2e.c: node tests/e2e_tamper.mjs PORT TRICK
// Prints "port N", where it waits for clients, and passes everything on but for what the trick does to encrypted
// messages of others, and to bob's list of devices. The first envelope is never touched.
import { connect, createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { sodium, writeList } from './e2e_format.mjs';

const [port, trick] = process.argv.slice(2);
const TAG = '+spillway/e2e';
const tagOf = line => new RegExp(`\\${TAG}=([^; ]*)`).exec(line)?.[1];
const withTag = (line, value) => line.replace(`${TAG}=${tagOf(line)}`, `${TAG}=${value}`);

function changeOne(text) {
	const at = text.length - 30;

	return text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1);
}

// What becomes of the nth envelope, from the second on: lines. `held` is what was kept back.
let held = [];
const hold = line => { held.push(line); return []; };
const release = () => held.splice(0);
const tricks = {
	repeat: line => [line, line],
	reorder: (line, n) => n === 2 ? hold(line) : [line, ...release()],
	truncate: line => [withTag(line, tagOf(line).slice(0, -24))],
	change: line => [withTag(line, changeOne(tagOf(line)))],
	swap: (line, n) => n === 2 ? hold(line)
		: release().flatMap(before => [withTag(before, tagOf(line)), withTag(line, tagOf(before))]),
	strip: line => [line.replace(`${TAG}=${tagOf(line)}`, 'x')],
	withhold: (line, n) => n === 2 ? [] : [line],
};

// What becomes of bob's list from the second time on; what is put back must have been another one before.
const own = sodium.randombytes_buf(32), device = sodium.crypto_scalarmult_base(sodium.randombytes_buf(32));
let firstList;
const lists = {
	key: () => writeList('bob', own, { version: Date.now(), expiry: 4000000000, devices: [device] }),
	rollback: () => firstList,
	forge: value => changeOne(value),
	hide: () => '',
};

// What tempts a client into saying something in plain.
let connections = 0, ofBobby = 0;
const temptations = {
	withdraw: line => [connections > 1 ? line.replace(/draft\/metadata-\S+/g, '') : line],
	account: line => / :bobby!\S+ PRIVMSG /.test(line) && ++ofBobby > 1
		? [line.replace(/account=bob(?=[; ])/, 'account=mallory')] : [line],
};

let envelopes = 0, listsSeen = 0;
const ENVELOPE = new RegExp(`^@\\S*\\${TAG}=.* :bob!\\S+ PRIVMSG `);
const LIST = /^(.* 761 \S+ bob spillway\.e2e \S+ :)(.*)$/;

function fromServer(line) {
	const list = LIST.exec(line);

	if (ENVELOPE.test(line) && trick in tricks && ++envelopes > 1)
		return tricks[trick](line, envelopes);
	if (trick in temptations)
		return temptations[trick](line);
	if (!list || !(trick in lists))
		return [line];
	firstList ??= list[2];
	if (++listsSeen === 1 || (trick === 'rollback' && listsSeen === 2))
		return [line];
	const value = lists[trick](list[2]);
	return [value !== '' ? list[1] + value : list[1].replace(/ 761 (.*) \S+ :$/, ' 766 $1 :no such key')];
}

const server = createServer(client => {
	connections++;
	const upstream = connect(Number(port), '127.0.0.1');
	const pass = (from, to, change) => createInterface({ input: from, crlfDelay: Infinity })
		.on('line', line => change(line).forEach(one => to.write(`${one}\r\n`)));

	pass(client, upstream, line => [line]);
	pass(upstream, client, fromServer);
	for (const [one, other] of [[client, upstream], [upstream, client]])
		one.on('close', () => other.end()).on('error', () => other.destroy());
});
server.listen(0, '127.0.0.1', () => console.log('port', server.address().port));
