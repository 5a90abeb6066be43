/* SPDX-License-Identifier: MIT */
#include "chat/numeric.h"

#include <assert.h>

/* clang-format off */
const struct numeric numeric_table[NUMERICS] = {
	[RPL_WELCOME]		= {"001", 1, NULL},
	[RPL_YOURHOST]		= {"002", 1, NULL},
	[RPL_CREATED]		= {"003", 1, NULL},
	[RPL_MYINFO]		= {"004", 5, NULL},
	[RPL_ISUPPORT]		= {"005", 1, "are supported by this server"},
	[RPL_STATSCOMMANDS]	= {"212", 2, NULL},
	[RPL_ENDOFSTATS]	= {"219", 1, "End of /STATS report"},
	[RPL_UMODEIS]		= {"221", 1, NULL},
	[RPL_STATSUPTIME]	= {"242", 1, NULL},
	[RPL_LUSERCLIENT]	= {"251", 1, NULL},
	[RPL_LUSEROP]		= {"252", 1, "operator(s) online"},
	[RPL_LUSERUNKNOWN]	= {"253", 1, "unknown connection(s)"},
	[RPL_LUSERCHANNELS]	= {"254", 1, "channels formed"},
	[RPL_LUSERME]		= {"255", 1, NULL},
	[RPL_LOCALUSERS]	= {"265", 3, NULL},
	[RPL_GLOBALUSERS]	= {"266", 3, NULL},
	[RPL_AWAY]		= {"301", 2, NULL},
	[RPL_USERHOST]		= {"302", 1, NULL},
	[RPL_ISON]		= {"303", 1, NULL},
	[RPL_UNAWAY]		= {"305", 0, "You are no longer marked as being away"},
	[RPL_NOWAWAY]		= {"306", 0, "You have been marked as being away"},
	[RPL_WHOISUSER]		= {"311", 5, NULL},
	[RPL_WHOISSERVER]	= {"312", 3, NULL},
	[RPL_WHOISOPERATOR]	= {"313", 1, "is an operator of the server"},
	[RPL_WHOWASUSER]	= {"314", 5, NULL},
	[RPL_ENDOFWHO]		= {"315", 1, "End of WHO list"},
	[RPL_WHOISIDLE]		= {"317", 3, "seconds idle, signon time"},
	[RPL_ENDOFWHOIS]	= {"318", 1, "End of /WHOIS list"},
	[RPL_WHOISCHANNELS]	= {"319", 2, NULL},
	[RPL_LISTSTART]		= {"321", 1, "Users  Name"},
	[RPL_LIST]		= {"322", 3, NULL},
	[RPL_LISTEND]		= {"323", 0, "End of /LIST"},
	[RPL_CHANNELMODEIS]	= {"324", 2, NULL},
	[RPL_CREATIONTIME]	= {"329", 2, NULL},
	[RPL_WHOISACCOUNT]	= {"330", 2, "is logged in as"},
	[RPL_NOTOPIC]		= {"331", 1, "No topic is set"},
	[RPL_TOPIC]		= {"332", 2, NULL},
	[RPL_TOPICWHOTIME]	= {"333", 3, NULL},
	[RPL_WHOISBOT]		= {"335", 1, "is a bot"},
	[RPL_INVITELISTOFMINE]	= {"336", 1, NULL},
	[RPL_ENDOFINVITELISTOFMINE] = {"337", 0, "End of /INVITE list"},
	[RPL_INVITING]		= {"341", 2, NULL},
	[RPL_INVEXLIST]		= {"346", 4, NULL},
	[RPL_ENDOFINVEXLIST]	= {"347", 1, "End of channel invite exception list"},
	[RPL_EXCEPTLIST]	= {"348", 4, NULL},
	[RPL_ENDOFEXCEPTLIST]	= {"349", 1, "End of channel exception list"},
	[RPL_VERSION]		= {"351", 3, NULL},
	[RPL_WHOREPLY]		= {"352", 7, NULL},
	[RPL_NAMREPLY]		= {"353", 3, NULL},
	[RPL_ENDOFNAMES]	= {"366", 1, "End of /NAMES list"},
	[RPL_BANLIST]		= {"367", 4, NULL},
	[RPL_ENDOFBANLIST]	= {"368", 1, "End of channel ban list"},
	[RPL_ENDOFWHOWAS]	= {"369", 1, "End of WHOWAS"},
	[RPL_INFO]		= {"371", 1, NULL},
	[RPL_MOTD]		= {"372", 1, NULL},
	[RPL_ENDOFINFO]		= {"374", 0, "End of /INFO list"},
	[RPL_MOTDSTART]		= {"375", 1, NULL},
	[RPL_ENDOFMOTD]		= {"376", 0, "End of /MOTD command"},
	[RPL_WHOISHOST]		= {"378", 2, NULL},
	[RPL_WHOISMODES]	= {"379", 2, NULL},
	[RPL_TIME]		= {"391", 2, NULL},
	[RPL_VISIBLEHOST]	= {"396", 1, "is now your displayed host"},
	[ERR_NOSUCHNICK]	= {"401", 1, "No such nick/channel"},
	[ERR_NOSUCHSERVER]	= {"402", 1, "No such server"},
	[ERR_NOSUCHCHANNEL]	= {"403", 1, "No such channel"},
	[ERR_CANNOTSENDTOCHAN]	= {"404", 2, NULL},
	[ERR_TOOMANYCHANNELS]	= {"405", 1, "You have joined too many channels"},
	[ERR_WASNOSUCHNICK]	= {"406", 1, "There was no such nickname"},
	[ERR_TOOMANYTARGETS]	= {"407", 1, "Too many targets"},
	[ERR_NOORIGIN]		= {"409", 0, "No origin specified"},
	[ERR_INVALIDCAPCMD]	= {"410", 1, "Invalid CAP command"},
	[ERR_NORECIPIENT]	= {"411", 1, NULL},
	[ERR_NOTEXTTOSEND]	= {"412", 0, "No text to send"},
	[ERR_INPUTTOOLONG]	= {"417", 0, "Input line was too long"},
	[ERR_UNKNOWNCOMMAND]	= {"421", 1, "Unknown command"},
	[ERR_NOMOTD]		= {"422", 0, "There is no message of the day"},
	[ERR_NONICKNAMEGIVEN]	= {"431", 0, "No nickname given"},
	[ERR_ERRONEUSNICKNAME]	= {"432", 1, "A nickname is 1 to 32 letters, digits and []{}\\|^_`-"},
	[ERR_NICKNAMEINUSE]	= {"433", 1, "Nickname is already in use"},
	[ERR_USERNOTINCHANNEL]	= {"441", 2, "They aren't on that channel"},
	[ERR_NOTONCHANNEL]	= {"442", 1, "You're not on that channel"},
	[ERR_USERONCHANNEL]	= {"443", 2, "is already on channel"},
	[ERR_NOTREGISTERED]	= {"451", 0, "You have not registered"},
	[ERR_NEEDMOREPARAMS]	= {"461", 1, "Not enough parameters"},
	[ERR_ALREADYREGISTERED]	= {"462", 0, "You may not reregister"},
	[ERR_INVALIDUSERNAME]	= {"468", 0, "Your username is not valid"},
	[ERR_CHANNELISFULL]	= {"471", 1, "Cannot join channel (+l)"},
	[ERR_UNKNOWNMODE]	= {"472", 1, "is unknown mode char to me"},
	[ERR_INVITEONLYCHAN]	= {"473", 1, "Cannot join channel (+i)"},
	[ERR_BANNEDFROMCHAN]	= {"474", 1, "Cannot join channel (+b)"},
	[ERR_BADCHANNELKEY]	= {"475", 1, "Cannot join channel (+k)"},
	[ERR_BADCHANMASK]	= {"476", 1, "That is no name of a channel"},
	[ERR_BANLISTFULL]	= {"478", 2, "Channel list is full"},
	[ERR_NOPRIVILEGES]	= {"481", 0, "Permission denied: you're not an operator of the server"},
	[ERR_CHANOPRIVSNEEDED]	= {"482", 2, NULL},
	[ERR_UMODEUNKNOWNFLAG]	= {"501", 0, "Unknown mode flag"},
	[ERR_USERSDONTMATCH]	= {"502", 0, "Can't change mode for other users"},
	[ERR_HELPNOTFOUND]	= {"524", 1, "No help available on this topic"},
	[ERR_INVALIDMODEPARAM]	= {"696", 4, NULL},
	[RPL_HELPSTART]		= {"704", 2, NULL},
	[RPL_HELPTXT]		= {"705", 2, NULL},
	[RPL_ENDOFHELP]		= {"706", 2, NULL},
	[RPL_MONONLINE]		= {"730", 1, NULL},
	[RPL_MONOFFLINE]	= {"731", 1, NULL},
	[RPL_MONLIST]		= {"732", 1, NULL},
	[RPL_ENDOFMONLIST]	= {"733", 0, "End of MONITOR list"},
	[ERR_MONLISTFULL]	= {"734", 2, "Monitor list is full."},
	[RPL_LOGGEDIN]		= {"900", 3, NULL},
	[RPL_LOGGEDOUT]		= {"901", 1, "You are now logged out"},
	[RPL_SASLSUCCESS]	= {"903", 0, "SASL authentication successful"},
	[ERR_SASLFAIL]		= {"904", 1, NULL},
	[ERR_SASLTOOLONG]	= {"905", 0, "SASL message too long"},
	[ERR_SASLABORTED]	= {"906", 0, "SASL authentication aborted"},
	[RPL_SASLMECHS]		= {"908", 1, "are available SASL mechanisms"},
};
/* clang-format on */

void numeric_write(struct message_writer *writer, enum numeric_id id, const char *source,
		   const char *nick, va_list parameters)
{
	const struct numeric *numeric = &numeric_table[id];

	message_write_command(writer, source, numeric->code);
	message_write_word(writer, nick);
	for (unsigned i = 0; i < numeric->n_parameters; i++) {
		const char *parameter = va_arg(parameters, const char *);

		assert(parameter != NULL);
		if (numeric->text == NULL && i + 1 == numeric->n_parameters)
			message_write_text(writer, parameter);
		else
			message_write_word(writer, parameter);
	}
	if (numeric->text != NULL)
		message_write_text(writer, numeric->text);
}
