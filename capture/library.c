/* SPDX-License-Identifier: MIT */
#include "capture/library.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "capture/child.h"
#include "capture/choice.h"
#include "capture/folder.h"
#include "capture/ladder.h"
#include "capture/uplink.h"
#include "common/list.h"
#include "common/log.h"

static const char prefix[] = "library:";

struct playback {
	struct library *library;
	struct child child;
	char title[CATALOGUE_TITLE_SIZE];
	char session[CATALOGUE_SESSION_SIZE];
	bool closed; /* nobody wants it any more */
};

/* That somebody isn't played something. */
struct refusal {
	char session[CATALOGUE_SESSION_SIZE];
	bool returns;
	char why[CATALOGUE_ERROR_SIZE];
};

struct library {
	struct io *io;
	const struct config *config;
	library_ended *ended;
	void *context;
	struct uplink *uplink;
	struct folder *folder;
	bool connected, saying, stopping, gone, reset_due;
	int status;
	struct playback playbacks[LIBRARY_MAX_SESSIONS];
	struct refusal refusals[LIBRARY_MAX_SESSIONS];
	size_t n_refusals;
	char record[WIRE_MAX_CONTROL];
};

bool library_is(const char *source)
{
	return strncmp(source, prefix, sizeof prefix - 1) == 0;
}

const char *library_folder(const char *source)
{
	return source + sizeof prefix - 1;
}

/* ---- telling the relay ---- */

/* What can't be played so is refused at once. */
static void judge(const struct library *library, bool as_ladder, struct catalogue_entry *entry)
{
	if (entry->error[0] == '\0')
		(void)choice_foresee(library->config, entry->width, entry->height,
				     (int64_t)(entry->duration_s * 1e6), as_ladder, entry->error,
				     sizeof entry->error);
}

static void say(struct library *library)
{
	struct wire_header header = {.type = WIRE_CATALOGUE};
	struct catalogue_entry entry;
	int len = 0;

	if (!library->connected || library->saying)
		return;
	if (library->reset_due) {
		library->reset_due = false;
	} else if (library->n_refusals > 0) {
		const struct refusal *refusal = &library->refusals[--library->n_refusals];

		header.type = WIRE_CLOSE;
		header.flags = refusal->returns ? WIRE_RETURN : 0;
		len = snprintf(library->record, sizeof library->record, "%s %s", refusal->session,
			       refusal->why);
	} else if (folder_news(library->folder, &entry)) {
		judge(library, library->config->ladder, &entry);
		len = catalogue_encode(&entry, library->record);
	} else {
		return;
	}
	if (len < 0)
		return;
	header.length = (uint32_t)len;
	library->saying = true;
	uplink_say(library->uplink, &header, library->record);
}

/* ---- ending ---- */

static void check_ended(struct library *library)
{
	bool busy = !library->gone || folder_is_busy(library->folder);

	for (size_t i = 0; i < LIBRARY_MAX_SESSIONS; i++)
		busy |= child_runs(&library->playbacks[i].child);
	if (!busy)
		library->ended(library->context, library->status);
}

static void hear_of_folder(void *context)
{
	struct library *library = context;

	if (library->stopping)
		check_ended(library);
	else
		say(library);
}

static void end_playbacks(struct library *library)
{
	library->stopping = true;
	folder_stop(library->folder);
	for (size_t i = 0; i < LIBRARY_MAX_SESSIONS; i++)
		child_end(&library->playbacks[i].child);
}

void library_stop(struct library *library)
{
	end_playbacks(library);
	uplink_end(library->uplink, "the agent was stopped");
}

/* ---- playing ---- */

static void refuse(struct library *library, const char *session, bool returns, const char *why)
{
	struct refusal *refusal = &library->refusals[library->n_refusals];

	if (library->n_refusals == LIBRARY_MAX_SESSIONS)
		return; /* the relay doesn't wait for ever */
	library->n_refusals++;
	refusal->returns = returns;
	snprintf(refusal->session, sizeof refusal->session, "%s", session);
	snprintf(refusal->why, sizeof refusal->why, "%s", why);
	say(library);
}

static void playback_ended(struct child *child, int status)
{
	struct playback *playback = list_item(child, struct playback, child);
	struct library *library = playback->library;

	if (library->stopping) {
		check_ended(library);
	} else if (status != 0 && !playback->closed) {
		log_warning("%s: the playback %s has failed", playback->title, playback->session);
		refuse(library, playback->session, false, "it can't be played");
	}
}

/* Words of a command line. */
struct words {
	const char *list[2 * PLAN_MAX + 32];
	size_t n;
};

static void add(struct words *words, const char *word, const char *value)
{
	words->list[words->n++] = word;
	if (value != NULL)
		words->list[words->n++] = value;
	words->list[words->n] = NULL;
}

/* Those that were asked for; texts has room for them. */
static void add_renditions(struct words *words, const struct config *config, bool as_ladder,
			   char texts[PLAN_MAX][PLAN_ROW_TEXT_SIZE])
{
	if (as_ladder)
		add(words, "--rendition", LADDER_WORD);
	else if (config->single)
		add(words, "--rendition", "none");
	for (size_t i = 0; i < config->asked.n; i++) {
		plan_row_text(&config->asked.rows[i], texts[i]);
		add(words, "--rendition", texts[i]);
	}
}

static void url_of(const struct playback *playback, char *to, size_t size)
{
	const struct url *url = &playback->library->config->url;
	bool bracket = strchr(url->host, ':') != NULL;

	snprintf(to, size, "spillway://%s%s%s:%s/%s/%s", bracket ? "[" : "", url->host,
		 bracket ? "]" : "", url->port, url->stream, playback->session);
}

static int start_playback(struct playback *playback, bool as_ladder, int file)
{
	const struct config *config = playback->library->config;
	char renditions[PLAN_MAX][PLAN_ROW_TEXT_SIZE];
	char path[CHILD_PATH_SIZE], source[CHILD_PATH_SIZE + 8], url[512];
	char quality[24], kbps[24];
	struct words words = {.n = 0};

	child_path(file, path);
	snprintf(source, sizeof source, "file:%s", path);
	snprintf(quality, sizeof quality, "%lld", (long long)config->jpeg_quality);
	snprintf(kbps, sizeof kbps, "%lld", (long long)config->max_kbps);
	url_of(playback, url, sizeof url);
	add(&words, "spillway-capture", NULL);
	add(&words, "--config", "/dev/null");
	add(&words, "--log-level", "warning");
	add(&words, "--io", config_io(config));
	add(&words, "--source", source);
	add(&words, "--wait", NULL);
	add(&words, "--jpeg-quality", quality);
	add(&words, "--max-kbps", kbps);
	if (config->size != NULL)
		add(&words, "--size", config->size);
	if (config->fps != NULL)
		add(&words, "--fps", config->fps);
	if (config->loop)
		add(&words, "--loop", NULL);
	add_renditions(&words, config, as_ladder, renditions);
	add(&words, url, NULL);
	return child_start(
		&playback->child, playback->library->io,
		&(struct child_order){
			.argv = words.list, .key = config->key, .file = file, .output = -1},
		playback_ended);
}

static struct playback *free_playback(struct library *library)
{
	for (size_t i = 0; i < (size_t)library->config->max_sessions; i++)
		if (!child_runs(&library->playbacks[i].child))
			return &library->playbacks[i];
	return NULL;
}

static void play(struct library *library, const char *session, struct slice slug, bool as_ladder)
{
	struct playback *playback = free_playback(library);
	struct catalogue_entry entry;
	const char *name;
	int file = -1;

	if (!folder_open(library->folder, slug, &entry, &name, &file)) {
		refuse(library, session, false, "it isn't there any more");
		return;
	}
	judge(library, as_ladder, &entry);
	if (entry.error[0] != '\0') {
		refuse(library, session, false, entry.error);
	} else if (playback == NULL) {
		refuse(library, session, true, "as many videos as may be are being played");
	} else {
		*playback = (struct playback){.library = library};
		snprintf(playback->title, sizeof playback->title, "%s", name);
		snprintf(playback->session, sizeof playback->session, "%s", session);
		if (file < 0 || start_playback(playback, as_ladder, file) < 0)
			refuse(library, session, false, "it can't be opened");
	}
	if (file >= 0)
		close(file);
}

static void on_open(struct library *library, const char *text)
{
	char session[CATALOGUE_SESSION_SIZE];
	struct slice level;
	bool ladder;

	if (library->stopping || catalogue_parse_open(slice_from(text), &level, &ladder) < 0 ||
	    slice_copy(level, session, sizeof session) < 0)
		return;
	play(library, session, (struct slice){session, strcspn(session, "~")},
	     ladder || library->config->ladder);
}

static void on_close(struct library *library, const char *session)
{
	for (size_t i = 0; i < LIBRARY_MAX_SESSIONS; i++) {
		struct playback *playback = &library->playbacks[i];

		if (strcmp(playback->session, session) != 0)
			continue;
		playback->closed = true;
		child_end(&playback->child);
	}
}

/* ---- the connection ---- */

static void on_opened(struct library *library, const char *text)
{
	(void)text;
	log_info("offering the videos of %s as %s/… to %s port %s",
		 library_folder(library->config->source), library->config->url.stream,
		 library->config->url.host, library->config->url.port);
	library->connected = library->reset_due = true;
	library->saying = false;
	library->n_refusals = 0;
	folder_repeat(library->folder);
	say(library);
}

static void on_lost(struct library *library, const char *text)
{
	library->connected = false;
	log_warning("no connection to %s port %s: %s; trying again until it works",
		    library->config->url.host, library->config->url.port, text);
}

static void on_refused(struct library *library, const char *text)
{
	log_error("%s port %s refuses %s: %s", library->config->url.host, library->config->url.port,
		  library->config->url.stream, text);
	library->status = 1;
}

static void on_gone(struct library *library, const char *text)
{
	(void)text;
	library->connected = false;
	library->gone = true;
	end_playbacks(library);
	check_ended(library);
}

static void on_said(struct library *library, const char *text)
{
	(void)text;
	library->saying = false;
	say(library);
}

static void on_nothing(struct library *library, const char *text)
{
	(void)library;
	(void)text;
}

static void (*const reactions[])(struct library *library, const char *text) = {
	[UPLINK_OPENED] = on_opened,   [UPLINK_LOST] = on_lost,	     [UPLINK_BUSY] = on_lost,
	[UPLINK_REFUSED] = on_refused, [UPLINK_DEMAND] = on_nothing, [UPLINK_GONE] = on_gone,
	[UPLINK_SAID] = on_said,       [UPLINK_OPEN] = on_open,	     [UPLINK_CLOSE] = on_close,
};

static void hear(void *context, enum uplink_event event, const char *text)
{
	reactions[event](context, text);
}

/* ---- for main ---- */

int library_create(struct library **ret_library, struct io *io, const struct config *config,
		   library_ended *ended, void *context)
{
	struct library *library = calloc(1, sizeof *library);
	int error;

	if (library == NULL)
		return -ENOMEM;
	*library = (struct library){.io = io, .config = config, .ended = ended, .context = context};
	error = folder_create(&library->folder, io, library_folder(config->source), hear_of_folder,
			      library);
	if (error == 0)
		error = uplink_create(&library->uplink, io, &config->url, config->key, hear,
				      library);
	if (error < 0) {
		library_destroy(library);
		return error;
	}
	uplink_start(library->uplink);
	folder_start(library->folder);
	*ret_library = library;
	return 0;
}

void library_destroy(struct library *library)
{
	if (library == NULL)
		return;
	uplink_destroy(library->uplink);
	folder_destroy(library->folder);
	free(library);
}
