/* SPDX-License-Identifier: MIT */
#include "capture/config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capture/ladder.h"
#include "capture/library.h"
#include "common/io.h"
#include "common/log.h"
#include "common/options.h"

static const char *const io_names[] = {
	[IO_BACKEND_AUTO] = "auto",
	[IO_BACKEND_URING] = "uring",
	[IO_BACKEND_EPOLL] = "epoll",
	NULL,
};

#define FIELD(name) offsetof(struct config, name)

const struct option_row config_rows[] = {
	{"config", OPTION_TEXT, FIELD(config), "FILE", NULL, 0, 0, NULL, OPTION_COMMAND_LINE,
	 "read this configuration file (default " OPTIONS_DEFAULT_FILE ", if it exists)"},
	{"name", OPTION_TEXT, FIELD(name), "NAME", NULL, 0, 0, NULL, OPTION_COMMAND_LINE,
	 "take what isn't given here from the file's section [capture NAME]"},
	{"check-config", OPTION_BOOL, FIELD(check_config), NULL, NULL, 0, 0, NULL,
	 OPTION_COMMAND_LINE,
	 "read the configuration file, say whether what is for agents is all right, and end"},
	{"source", OPTION_TEXT, FIELD(source), "SOURCE", NULL, 0, 0, NULL, OPTION_EVERYWHERE,
	 "where the pictures come from: test:, file:PATH, v4l2:DEVICE, x11:DISPLAY or library:DIR"},
	{"fps", OPTION_TEXT, FIELD(fps), "N", NULL, 0, 0, NULL, OPTION_EVERYWHERE,
	 "so many frames a second, evenly: 30, 29.97 or 30000/1001 (default: the source's own "
	 "times; test and x11: 30)"},
	{"size", OPTION_TEXT, FIELD(size), "WxH", NULL, 0, 0, NULL, OPTION_EVERYWHERE,
	 "scale pictures to fit into so many pixels (default: the source's size; test: 1280x720)"},
	{"rendition", OPTION_LIST, FIELD(renditions), "NAME=WxH@FPS", NULL, 0, 0, NULL,
	 OPTION_EVERYWHERE,
	 "publish that size as STREAM/NAME, too, @FPS and ,max-kbps=N if you like; NAME: the "
	 "file's section "
	 "[rendition NAME]; none: only STREAM in the source's size; ladder: only STREAM, which "
	 "climbs through them while a video plays (default: 240p, 720p and 1440p, up to the "
	 "source's size)"},
	{"on-demand", OPTION_BOOL, FIELD(on_demand), NULL, NULL, 0, 0, NULL, OPTION_EVERYWHERE,
	 "open the source only while somebody watches"},
	{"wait", OPTION_BOOL, FIELD(wait), NULL, NULL, 0, 0, NULL, OPTION_EVERYWHERE,
	 "begin with the first picture when the first viewer is there"},
	{"jpeg-quality", OPTION_NUMBER, FIELD(jpeg_quality), "Q", "80", 1, 100, NULL,
	 OPTION_EVERYWHERE, "from small to good"},
	{"max-kbps", OPTION_NUMBER, FIELD(max_kbps), "N", "0", 0, PLAN_MAX_KBPS, NULL,
	 OPTION_EVERYWHERE,
	 "keep each rendition under so many kbit/s, by less quality, then by fewer frames; 0: no "
	 "limit"},
	{"loop", OPTION_BOOL, FIELD(loop), NULL, NULL, 0, 0, NULL, OPTION_EVERYWHERE,
	 "begin a file again at its end"},
	{"always", OPTION_BOOL, FIELD(always), NULL, NULL, 0, 0, NULL, OPTION_EVERYWHERE,
	 "encode and send pictures also while nobody watches"},
	{"camera-control", OPTION_LIST, FIELD(controls), "NAME=VALUE", NULL, 0, 0, NULL,
	 OPTION_EVERYWHERE, "set a control of a webcam, such as brightness=100; --list names them"},
	{"max-sessions", OPTION_NUMBER, FIELD(max_sessions), "N", "8", 1, 64, NULL,
	 OPTION_EVERYWHERE, "so many videos of a library are played at once"},
	{"list", OPTION_BOOL, FIELD(list), NULL, NULL, 0, 0, NULL, OPTION_COMMAND_LINE,
	 "print what there is to capture from, or what --source SOURCE offers, and end"},
	{"key-file", OPTION_TEXT, FIELD(key_file), "FILE", NULL, 0, 0, NULL, OPTION_EVERYWHERE,
	 "the publisher's key is this file's first line; else it comes from $SPILLWAY_KEY"},
	{"key", OPTION_TEXT, FIELD(key_text), "KEY", NULL, 0, 0, NULL, OPTION_FILE,
	 "the publisher's key"},
	{"url", OPTION_TEXT, FIELD(url_text), "URL", NULL, 0, 0, NULL, OPTION_FILE,
	 "where to publish"},
	{"io", OPTION_CHOICE, FIELD(io), "KIND", "auto", 0, 0, io_names, OPTION_EVERYWHERE,
	 "the kernel's interface: io_uring where it is allowed, else epoll; or one by force"},
	{"log-level", OPTION_CHOICE, FIELD(log_level), "LEVEL", "info", 0, 0, log_level_names,
	 OPTION_EVERYWHERE, "say so much on standard error"},
	{0},
};

#define RENDITION_FIELD(name) offsetof(struct config_rendition, name)

static const struct option_row rendition_rows[] = {
	{"size", OPTION_TEXT, RENDITION_FIELD(size), "WxH", NULL, 0, 0, NULL, OPTION_FILE,
	 "pictures fit into so many pixels"},
	{"fps", OPTION_TEXT, RENDITION_FIELD(fps), "N", NULL, 0, 0, NULL, OPTION_FILE,
	 "no more than so many frames a second"},
	{"max-kbps", OPTION_NUMBER, RENDITION_FIELD(max_kbps), "N", "0", 0, PLAN_MAX_KBPS, NULL,
	 OPTION_FILE, "its own limit of kbit/s; 0: that of all"},
	{0},
};

static const char more[] =
	"SOURCE is one of\n"
	"  test:      a moving test picture with a clock and the frame's number in it\n"
	"  file:PATH  a video file, anything that FFmpeg's libraries read\n"
	"  v4l2:DEVICE\n"
	"             a webcam, such as v4l2:/dev/video0\n"
	"  x11:DISPLAY[+X,Y][,monitor=NAME|,window=ID]\n"
	"             a screen, or a part of it of --size, a monitor, a window\n"
	"  library:DIR\n"
	"             a folder of videos, each played when somebody asks for it\n"
	"\n"
	"Examples:\n"
	"  spillway-capture --source test: localhost/cam\n"
	"  spillway-capture --source file:film.mp4 --loop localhost/film\n"
	"  spillway-capture --source v4l2:/dev/video0 --rendition 240p=426x240@10 "
	"--rendition 720p=1280x720 --on-demand localhost/door\n";

/* The sections of the other programs in the common file. */
static const char *const others[] = {"relay", "stream", "chat", NULL};

/* ---- what values in the file have to be ---- */

static int check_fps(const char *text, char *ret_error, size_t error_size)
{
	struct rate rate;

	if (rate_parse(text, &rate) == 0)
		return 0;
	snprintf(ret_error, error_size,
		 "'%s' is not a rate such as 30, 29.97 or 30000/1001, from one frame in %d seconds "
		 "to %d a second",
		 text, RATE_MIN_SECONDS, RATE_MAX_FPS);
	return -EINVAL;
}

static int check_size(const char *text, char *ret_error, size_t error_size)
{
	unsigned width, height;

	if (plan_parse_size(text, &width, &height) == 0)
		return 0;
	snprintf(ret_error, error_size, "'%s' is not a size such as 1280x720, from %dx%d to %dx%d",
		 text, PICTURE_MIN_SIDE, PICTURE_MIN_SIDE, PICTURE_MAX_SIDE, PICTURE_MAX_SIDE);
	return -EINVAL;
}

/* Without a '=' it is the name of a section, which may come later. */
static int check_rendition(const char *text, char *ret_error, size_t error_size)
{
	struct plan_row row;

	if (strchr(text, '=') == NULL || plan_parse(text, &row) == 0)
		return 0;
	snprintf(ret_error, error_size,
		 "'%s' is not a rendition such as 240p=426x240@15 or 240p=426x240", text);
	return -EINVAL;
}

static int check_url(const char *text, char *ret_error, size_t error_size)
{
	struct url url;
	const char *why;

	if (url_parse(text, &url, &why) == 0)
		return 0;
	/* A key may be behind it. */
	snprintf(ret_error, error_size, "%.*s: %s", (int)strcspn(text, "?"), text, why);
	return -EINVAL;
}

static int check_source(const char *text, char *ret_error, size_t error_size)
{
	char error[SOURCE_ERROR_SIZE];

	if (library_is(text) || source_is_known(text, error))
		return 0;
	snprintf(ret_error, error_size, "%s", error);
	return -EINVAL;
}

static const struct option_check checks[] = {
	{"fps", check_fps}, {"size", check_size},     {"rendition", check_rendition},
	{"url", check_url}, {"source", check_source}, {NULL, NULL},
};

/* As they stand in the file; read_sections() has them opened. */
static void *open_section(void *context, const char *name, const char **ret_why);
static void *open_rendition(void *context, const char *name, const char **ret_why);

static const struct option_section file_sections[] = {
	{.name = "capture",
	 .example = "cam",
	 .rows = config_rows,
	 .open = open_section,
	 .checks = checks},
	{.name = "rendition",
	 .example = "240p",
	 .rows = rendition_rows,
	 .open = open_rendition,
	 .checks = checks},
};
enum { N_SECTIONS = sizeof file_sections / sizeof file_sections[0] };

static struct option_program program_of(struct config *config)
{
	return (struct option_program){
		.name = "spillway-capture",
		.usage = "[OPTION]... URL",
		.summary = "Publishes a source of pictures to a relay as the stream that URL "
			   "names: [spillway://]HOST[:PORT]/STREAM.",
		.more = more,
		.rows = config_rows,
		.fields = config,
		.max_arguments = 1,
		.sections = file_sections,
		.n_sections = N_SECTIONS,
	};
}

/* ---- the file ---- */

/* The section that is wanted: by its name, or, for --check-config, by its place among the
 * others. */
struct choice {
	struct config *config; /* borrowed: gets the chosen section */
	const char *name;
	size_t place, n; /* from 1 on; 0: none; and how many there were so far */
	bool found;
	char found_name[128];
	struct config unused; /* gets the others, so that they are checked all the same */
};

static void *open_section(void *context, const char *name, const char **ret_why)
{
	struct choice *choice = context;

	(void)ret_why;
	choice->n++;
	if (choice->n == choice->place ||
	    (choice->name != NULL && strcmp(name, choice->name) == 0)) {
		choice->found = true;
		snprintf(choice->found_name, sizeof choice->found_name, "%s", name);
		return choice->config;
	}
	options_finish(config_rows, &choice->unused);
	options_init(config_rows, &choice->unused);
	return &choice->unused;
}

static void *open_rendition(void *context, const char *name, const char **ret_why)
{
	struct choice *choice = context;
	struct config *config = choice->config;
	struct config_rendition *section = &config->sections[config->n_sections];

	if (config->n_sections == PLAN_MAX || strlen(name) >= sizeof section->name) {
		*ret_why = config->n_sections == PLAN_MAX ? "there are too many renditions"
							  : "the name is too long";
		return NULL;
	}
	config->n_sections++;
	snprintf(section->name, sizeof section->name, "%s", name);
	options_init(rendition_rows, section);
	return section;
}

/* Says what is wrong. */
static int read_sections(struct choice *choice, const char *path)
{
	struct option_section sections[N_SECTIONS];
	char error[OPTIONS_ERROR_SIZE];
	int result;

	for (size_t i = 0; i < N_SECTIONS; i++) {
		sections[i] = file_sections[i];
		sections[i].context = choice;
	}
	options_init(config_rows, &choice->unused);
	result = options_file(path, sections, N_SECTIONS, others, error, sizeof error);
	options_finish(config_rows, &choice->unused);
	if (result < 0)
		log_error_lines(error, "");
	return result == 0 ? 0 : result == -EINVAL ? 2 : 1;
}

/* name is borrowed: the command line was read once before, into another struct, to know it. */
static int read_file(struct config *config, const char *path, const char *name)
{
	struct choice choice = {.config = config, .name = name};
	int status = path != NULL ? read_sections(&choice, path) : 0;

	if (status != 0)
		return status;
	if (name != NULL && !choice.found) {
		log_error("there is no section [capture %s] in %s", name,
			  path != NULL ? path : OPTIONS_DEFAULT_FILE);
		return 2;
	}
	return 0;
}

/* ---- understanding what was given ---- */

static int parse_rate(struct config *config)
{
	int result = config->fps == NULL ? 0 : rate_parse(config->fps, &config->wish.rate);

	if (result == -ERANGE)
		log_error("--fps %s: it must be between one frame in %d seconds and %d a second",
			  config->fps, RATE_MIN_SECONDS, RATE_MAX_FPS);
	else if (result < 0)
		log_error("--fps %s: not a rate such as 30, 29.97 or 30000/1001", config->fps);
	return result < 0 ? 2 : 0;
}

static int parse_size(struct config *config)
{
	if (config->size == NULL ||
	    plan_parse_size(config->size, &config->wish.width, &config->wish.height) == 0)
		return 0;
	log_error("--size %s: not a size such as 1280x720, from %dx%d to %dx%d", config->size,
		  PICTURE_MIN_SIDE, PICTURE_MIN_SIDE, PICTURE_MAX_SIDE, PICTURE_MAX_SIDE);
	return 2;
}

static int parse_url(struct config *config, const char *argument)
{
	const char *text = argument != NULL ? argument : config->url_text, *why;

	if (text == NULL) {
		log_error("where to? Give a URL such as localhost/cam, or see --help");
		return 2;
	}
	if (url_parse(text, &config->url, &why) < 0) {
		log_error("%.*s: %s", (int)strcspn(text, "?"), text, why);
		return 2;
	}
	return 0;
}

/* From a section of the file; false when there is none of that name. */
static bool find_section(const struct config *config, const char *name, struct plan_row *ret_row,
			 int *ret_error)
{
	for (size_t i = 0; i < config->n_sections; i++) {
		const struct config_rendition *section = &config->sections[i];

		if (strcmp(section->name, name) != 0)
			continue;
		*ret_row = (struct plan_row){0};
		snprintf(ret_row->name, sizeof ret_row->name, "%s", name);
		*ret_error =
			section->size == NULL || plan_parse_size(section->size, &ret_row->width,
								 &ret_row->height) < 0
				? -EINVAL
				: 0;
		if (*ret_error == 0 && section->fps != NULL)
			*ret_error = rate_parse(section->fps, &ret_row->rate);
		ret_row->max_kbps = section->max_kbps;
		return true;
	}
	return false;
}

/* What ?rendition= means besides a name. */
static bool is_reserved(const char *name)
{
	return strcmp(name, LADDER_WORD) == 0 || strcmp(name, "auto") == 0;
}

static int add_rendition(struct config *config, const char *text)
{
	struct plan_row row;
	int error = 0;

	if (find_section(config, text, &row, &error)) {
		if (error < 0) {
			log_error("[rendition %s] needs a size such as 426x240, and may have an "
				  "fps such as 15",
				  text);
			return 2;
		}
	} else if (plan_parse(text, &row) < 0) {
		log_error("--rendition %s: not a rendition such as 240p=426x240@15 or "
			  "240p=426x240, nor one of the file's sections",
			  text);
		return 2;
	}
	if (!plan_row_suits(&row, config->url.stream) || is_reserved(row.name)) {
		log_error("rendition %s: a stream can't be called %s/%s", row.name,
			  config->url.stream, row.name);
		return 2;
	}
	error = plan_add(&config->asked, &row);
	if (error == -EEXIST)
		log_error("rendition %s is there twice", row.name);
	else if (error < 0)
		log_error("there are more than %d renditions", PLAN_MAX);
	return error < 0 ? 2 : 0;
}

static int parse_renditions(struct config *config)
{
	const struct option_list *list = &config->renditions;
	int status = 0;

	config->single = list->n == 1 && strcmp(list->items[0], "none") == 0;
	if (config->single)
		return 0;
	for (size_t i = 0; i < list->n && status == 0; i++) {
		if (strcmp(list->items[i], LADDER_WORD) == 0)
			config->ladder = true;
		else
			status = add_rendition(config, list->items[i]);
	}
	bool named = config->asked.n > 0;

	for (size_t i = 0; !named && i < config->n_sections && status == 0; i++)
		status = add_rendition(config, config->sections[i].name);
	return status;
}

/* The first of: --key-file, the environment, the configuration file, the service manager. */
static int find_key(struct config *config)
{
	const char *from_environment = getenv("SPILLWAY_KEY"), *place = config->key_file;
	int result;

	config->key = from_environment != NULL && *from_environment != '\0' ? from_environment
									    : config->key_text;
	if (place == NULL && config->key != NULL)
		return 0;
	if (place != NULL) {
		result = key_read_file(place, config->key_read);
	} else {
		place = "the credential " CONFIG_CREDENTIAL;
		result = key_read_credential(CONFIG_CREDENTIAL, config->key_read);
		if (result == -ENOENT)
			return 0;
	}
	config->key = config->key_read;
	if (result == -EPERM)
		log_error("%s: others may read this key; chmod 600 it", place);
	else if (result == -EINVAL)
		log_error("%s: there is no key in its first line", place);
	else if (result < 0)
		log_error("%s: %s", place, strerror(-result));
	return result < 0 ? 1 : 0;
}

static int understand(struct config *config, const char *argument)
{
	int status;

	log_set_level((enum log_level)config->log_level);
	if (config->list)
		return 0;
	if (config->source == NULL) {
		log_error("what is to be published? Give --source, test: for instance; --list says "
			  "what there is");
		return 2;
	}
	config->wish.loop = config->loop || config->on_demand;
	config->wish.controls = config->controls.items;
	config->wish.n_controls = config->controls.n;
	if ((status = parse_rate(config)) != 0 || (status = parse_size(config)) != 0 ||
	    (status = parse_url(config, argument)) != 0 || (status = parse_renditions(config)) != 0)
		return status;
	if (config->on_demand + config->always + config->wait > 1) {
		log_error("of --on-demand, --wait and --always, each contradicts the others");
		return 2;
	}
	return find_key(config);
}

/* Each section as if --name had chosen it. */
static int check_file(struct config *config, const char *path)
{
	bool left = path != NULL;
	int status = 0;

	for (size_t place = 1; left; place++) {
		struct choice choice = {.config = config, .place = place};

		config_finish(config);
		*config = (struct config){0};
		options_init(config_rows, config);
		if (read_sections(&choice, path) != 0) { /* all sections' mistakes were told */
			status = 1;
			break;
		}
		left = choice.found;
		if (left && understand(config, NULL) != 0) {
			log_error("%s: that is of section [capture %s]", path, choice.found_name);
			status = 1;
		}
	}
	config->check_config = true;
	return status;
}

int config_read(struct config *config, int argc, char *argv[])
{
	const char *path = options_config_path(argc, argv);
	struct option_program program = program_of(config);
	struct config first = {0};
	struct option_program first_program = program_of(&first);
	int index, status;

	*config = (struct config){.argc = argc, .argv = argv};
	options_init(config_rows, config);
	options_init(config_rows, &first);
	index = options_command_line(&first_program, argc, argv);
	if (index < 0)
		status = 2;
	else if (first.check_config)
		status = check_file(config, path);
	else
		status = read_file(config, path, first.name);
	options_finish(config_rows, &first);
	if (status != 0 || config->check_config)
		return status;
	index = options_command_line(&program, argc, argv);
	if (index < 0)
		return 2;
	return understand(config, index < argc ? argv[index] : NULL);
}

void config_finish(struct config *config)
{
	options_finish(config_rows, config);
	for (size_t i = 0; i < config->n_sections; i++)
		options_finish(rendition_rows, &config->sections[i]);
	explicit_bzero(config->key_read, sizeof config->key_read);
}

bool config_same_sections(const struct config *a, const struct config *b)
{
	if (a->n_sections != b->n_sections)
		return false;
	for (size_t i = 0; i < a->n_sections; i++) {
		const struct config_rendition *left = &a->sections[i], *right = &b->sections[i];

		if (strcmp(left->name, right->name) != 0)
			return false;
		for (const struct option_row *row = rendition_rows; row->name != NULL; row++) {
			if (!options_equal(row, left, right))
				return false;
		}
	}
	return true;
}

const char *config_io(const struct config *config)
{
	return io_names[config->io];
}
