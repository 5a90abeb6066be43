// SPDX-License-Identifier: MIT
// A bot made of irc-framework, for tests/it_chat_clients.c: node tests/bot.mjs PORT
// Enters #cam, says hello, asks for what was said earlier, and answers !echo TEXT; !color asks for the color of who says
// it; !rest NICK lets that one be silent for a minute; !leave ends it.
// Prints a line for what it hears:
//	earlier NICK TEXT, topic ROOM TEXT, metadata NICK KEY VALUE, kicked by NICK: TEXT, error …
// Exits with 77, and says why, where there is no irc-framework.
import { createRequire } from 'node:module';

const NO_LIBRARY = 77, ROOM = '#cam';

// Where tests/install-deps puts it.
function loadFramework() {
	try {
		return createRequire(new URL('../build/', import.meta.url))('irc-framework');
	} catch {
		console.error('irc-framework is not installed; tests/install-deps fetches it');
		return process.exit(NO_LIBRARY);
	}
}

const bot = new (loadFramework().Client)();

bot.requestCap(['draft/chathistory', 'draft/metadata-3', 'echo-message']);
bot.on('registered', () => bot.join(ROOM));
bot.on('join', event => {
	if (event.nick !== bot.user.nick)
		return;
	bot.say(ROOM, 'hello from bot');
	bot.raw('CHATHISTORY', 'LATEST', ROOM, '*', '10');
});
bot.on('batch start chathistory', batch => {
	for (const command of batch.commands)
		console.log('earlier', command.nick, command.params[1]);
});
bot.on('privmsg', event => {
	const [word, ...rest] = event.message.split(' ');

	if (event.batch !== undefined || event.nick === bot.user.nick)
		return;
	if (word === '!echo')
		bot.say(ROOM, `${event.nick}: ${rest.join(' ')}`);
	else if (word === '!color')
		bot.raw('METADATA', event.nick, 'GET', 'color');
	else if (word === '!rest')
		bot.raw('MUTE', ROOM, rest[0], '1m', 'take a rest');
	else if (word === '!leave')
		bot.quit();
});
// The library knows nothing of that.
bot.on('raw', event => {
	const [, nick, key, value] = / 761 \S+ (\S+) (\S+) \S+ :?(.*)$/m.exec(event.line.trimEnd()) ?? [];

	if (event.from_server && nick !== undefined)
		console.log('metadata', nick, key, value);
});
bot.on('topic', event => console.log('topic', event.channel, event.topic));
bot.on('kick', event => console.log(`kicked by ${event.nick}: ${event.message}`));
bot.on('irc error', event => console.log('error', event.error, event.reason));
bot.on('close', () => process.exit(0));
bot.connect({ host: '127.0.0.1', port: Number(process.argv[2]), nick: 'bot', gecos: 'A bot',
	auto_reconnect: false, version: 'bot.mjs' });
