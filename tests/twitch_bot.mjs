// SPDX-License-Identifier: MIT
// A bot as people make them for Twitch, of tmi.js, for tests/it_chat_bots.c:
//	node tests/twitch_bot.mjs PORT ACCOUNT PASSWORD	(no ACCOUNT: it comes without a name of its own)
// Enters #cam. Greets who says !hello, gives those a minute's rest who say "spam", and does for its moderators what
// they say: !slow N, !fast, !delete ID, !free NICK, !mods, !clear, !leave.
// Prints a line for each thing that it is told. Exits with 77, and says why, where there is no tmi.js.
import { createRequire } from 'node:module';

const NO_LIBRARY = 77, ROOM = '#cam';
const [port, account, password] = process.argv.slice(2);

// Where tests/install-deps puts it.
function loadLibrary() {
	try {
		return createRequire(new URL('../build/', import.meta.url))('tmi.js');
	} catch {
		console.error('tmi.js is not installed; tests/install-deps fetches it');
		return process.exit(NO_LIBRARY);
	}
}

const bot = new (loadLibrary().Client)({
	// Otherwise it asks Twitch about emotes, with the password.
	options: { skipUpdatingEmotesets: true },
	connection: { server: '127.0.0.1', port: Number(port), secure: false, reconnect: false },
	identity: account ? { username: account, password } : undefined,
	channels: [ROOM],
	logger: { info() {}, warn() {}, error() {}, setLevel() {} },
});

const show = (...words) => console.log(words.join(' '));
// What a command came to: tmi.js knows by the service's answer.
const report = (name, promise) => promise.then(
	result => show(name, 'done', Array.isArray(result) ? result.join(' ') : ''),
	error => show(name, 'failed', error));
const commands = {
	'!hello': (nick) => bot.say(ROOM, `hello ${nick}`),
	spam: (nick) => report('timeout', bot.timeout(ROOM, nick, 60, 'no spam')),
};
const moderators = {
	'!slow': (nick, seconds) => report('slow', bot.slow(ROOM, Number(seconds))),
	'!fast': () => report('slowoff', bot.slowoff(ROOM)),
	'!delete': (nick, id) => report('delete', bot.deletemessage(ROOM, id)),
	'!free': (nick, whom) => report('unban', bot.unban(ROOM, whom)),
	'!ban': (nick, whom) => report('ban', bot.ban(ROOM, whom, 'go away')),
	'!mods': () => report('mods', bot.mods(ROOM)),
	'!clear': () => report('clear', bot.clear(ROOM)),
	'!act': () => report('action', bot.action(ROOM, 'waves')),
	'!leave': () => bot.disconnect(),
};

bot.on('message', (room, tags, text, own) => {
	const [word, ...rest] = text.split(' ');
	const badges = Object.keys(tags.badges ?? {});

	if (own)
		return;
	show(tags['message-type'], room, tags['display-name'], `[${badges}]`, tags.color, `mod=${tags.mod}`,
		Number(tags['user-id']) > 0 && Number(tags['room-id'] ?? 1) > 0, text);
	if (commands[word] !== undefined)
		commands[word](tags.username, ...rest);
	else if (badges.includes('broadcaster') || tags.mod)
		moderators[word]?.(tags.username, ...rest);
});
bot.on('join', (room, nick, own) => show('join', room, nick, own));
bot.on('part', (room, nick, own) => show('part', room, nick, own));
bot.on('names', (room, names) => show('names', room, names.join(',')));
bot.on('roomstate', (room, tags) => show('roomstate', room, `slow=${tags.slow}`));
bot.on('globaluserstate', tags => show('globaluserstate', tags['display-name']));
bot.on('timeout', (room, nick, reason, seconds) => show('timeout of', nick, 'for', seconds));
bot.on('ban', (room, nick) => show('ban of', nick));
bot.on('clearchat', room => show('cleared', room));
bot.on('messagedeleted', (room, nick, text, tags) => show('deleted of', nick, tags['target-msg-id']));
bot.on('notice', (room, id, text) => show('notice', room, id, text));
bot.on('disconnected', reason => {
	show('disconnected', reason);
	process.exit(0);
});
bot.connect().then(() => show('connected'), () => {});
