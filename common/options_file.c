/* SPDX-License-Identifier: MIT */
/*
 * inih splits the lines; what it leaves open is done in the reader it takes its lines from: it cuts
 * long lines and long section names without a word, doesn't tell of sections without keys, and (as
 * Debian builds it) tells its handler no line numbers.
 */
#include "common/options_impl.h"

#include <assert.h>
#include <errno.h>
#include <ini.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define SPACE " \t\r\n"
#define BYTE_ORDER_MARK "\xef\xbb\xbf"

/* A section that the file had, to find a second one of that name. */
struct seen {
	const struct option_section *section;
	char *name; /* owned; "" for a plain section */
	unsigned line;
};

struct reading {
	FILE *in;
	const char *path;
	const struct option_section *sections;
	size_t n_sections;
	const char *const *others;
	char *error;
	size_t error_size;

	unsigned line;
	unsigned n_mistakes;
	bool stopped; /* nothing more is read */
	int result;

	/* the section that the present line is in; NULL: none, or another program's */
	const struct option_section *section;
	void *fields;
	bool skip;			      /* another program's, or one that won't do */
	unsigned row_lines[OPTIONS_MAX_ROWS]; /* where a row was first set in it; 0: nowhere */

	struct seen seen[OPTIONS_MAX_SECTIONS];
	size_t n_seen;
};

/* Reports the present line of the file, below those that were. The first result is that of all. */
__attribute__((format(printf, 3, 4))) static int fail(struct reading *reading, int result,
						      const char *format, ...)
{
	size_t len = reading->n_mistakes > 0 ? strlen(reading->error) : 0;
	char text[OPTIONS_MAX_MISTAKE];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	snprintf(reading->error + len, reading->error_size - len, "%s%s:%u: %s",
		 len > 0 ? "\n" : "", reading->path, reading->line, text);
	if (reading->n_mistakes++ == 0)
		reading->result = result;
	reading->stopped = result != -EINVAL || reading->n_mistakes == OPTIONS_MAX_MISTAKES;
	return result;
}

/* ---- sections -------------------------------------------------------------------------------- */

static const struct option_section *section_find(const struct reading *reading, const char *word)
{
	for (size_t i = 0; i < reading->n_sections; i++) {
		if (strcmp(reading->sections[i].name, word) == 0)
			return &reading->sections[i];
	}
	return NULL;
}

static bool section_is_other(const struct reading *reading, const char *word)
{
	for (size_t i = 0; reading->others != NULL && reading->others[i] != NULL; i++) {
		if (strcmp(reading->others[i], word) == 0)
			return true;
	}
	return false;
}

static int section_remember(struct reading *reading, const struct option_section *section,
			    const char *name)
{
	char *copy;

	for (size_t i = 0; i < reading->n_seen; i++) {
		const struct seen *seen = &reading->seen[i];

		if (seen->section == section && strcmp(seen->name, name) == 0)
			return fail(reading, -EINVAL,
				    "section [%s%s%s] is there already, in line %u", section->name,
				    *name != '\0' ? " " : "", name, seen->line);
	}
	if (reading->n_seen == OPTIONS_MAX_SECTIONS)
		return fail(reading, -EINVAL, "there are more than %d sections",
			    OPTIONS_MAX_SECTIONS);
	copy = strdup(name);
	if (copy == NULL)
		return fail(reading, -ENOMEM, "%s", strerror(ENOMEM));
	reading->seen[reading->n_seen++] = (struct seen){section, copy, reading->line};
	return 0;
}

/* text: what stands between the brackets, which is cut up here. */
static int section_enter(struct reading *reading, char *text)
{
	const struct option_section *section;
	const char *why = "the name won't do";
	char *word = text + strspn(text, SPACE);
	char *name = word + strcspn(word, SPACE);

	if (*name != '\0')
		*name++ = '\0';
	name += strspn(name, SPACE);
	for (size_t len = strlen(name); len > 0 && strchr(SPACE, name[len - 1]) != NULL; len--)
		name[len - 1] = '\0';

	if (section_is_other(reading, word))
		return 0;
	section = section_find(reading, word);
	if (section == NULL)
		return fail(reading, -EINVAL, "there is no section called [%s]", word);
	if (section->open == NULL && *name != '\0')
		return fail(reading, -EINVAL, "section [%s] takes no name", word);
	if (section->open != NULL && *name == '\0')
		return fail(reading, -EINVAL, "section [%s] needs a name: [%s NAME]", word, word);
	int error = section_remember(reading, section, name);
	if (error != 0)
		return error;
	reading->fields = section->fields;
	if (section->open != NULL)
		reading->fields = section->open(section->context, name, &why);
	if (reading->fields == NULL)
		return fail(reading, -EINVAL, "section [%s %s]: %s", word, name, why);
	reading->section = section;
	reading->skip = false;
	return 0;
}

/* A line that begins with '['. */
static int section_line(struct reading *reading, char *line)
{
	char *end = strchr(line, ']');
	const char *rest;

	memset(reading->row_lines, 0, sizeof(reading->row_lines));
	reading->section = NULL;
	reading->skip = true; /* what stands in a section that won't do is no further mistake */
	if (end == NULL)
		return fail(reading, -EINVAL, "the section lacks its closing bracket");
	rest = end + 1 + strspn(end + 1, SPACE);
	if (*rest != '\0' && *rest != ';' && *rest != '#')
		return fail(reading, -EINVAL, "there is something behind the section's name");
	*end = '\0';
	return section_enter(reading, line + 1);
}

/* ---- lines ----------------------------------------------------------------------------------- */

/* Leaves the rest of a line out. */
static void line_skip(struct reading *reading)
{
	int c;

	do
		c = getc(reading->in);
	while (c != EOF && c != '\n');
}

/* Reads a line as fgets() does, but without its LF. -ENODATA where there is none. */
static int line_read(struct reading *reading, char *to, int size)
{
	int len = 0, c;
	char *cr;

	reading->line++;
	while ((c = getc(reading->in)) != EOF && c != '\n') {
		bool control = (c < ' ' && c != '\t' && c != '\r') || c == 0x7f;

		if (!control && len + 1 < size) {
			to[len++] = (char)c;
			continue;
		}
		line_skip(reading);
		return control ? fail(reading, -EINVAL, "there is a control character (0x%02x)",
				      (unsigned)c)
			       : fail(reading, -EINVAL, "the line is longer than %d bytes",
				      size - 1);
	}
	to[len] = '\0';
	cr = strchr(to, '\r');
	if (cr != NULL && cr != to + len - 1)
		return fail(reading, -EINVAL, "there is a carriage return within the line");
	if (c == EOF && ferror(reading->in))
		return fail(reading, errno != 0 ? -errno : -EIO, "%s",
			    strerror(errno != 0 ? errno : EIO));
	return c == EOF && len == 0 ? -ENODATA : 0;
}

/* As inih splits it. A comment begins with ';' behind a space, too. */
static bool is_setting(const char *line)
{
	const char *at = line;

	while (*at != '\0' && *at != '=' && *at != ':' &&
	       !(*at == ';' && at > line && strchr(SPACE, at[-1]) != NULL))
		at++;
	return *at == '=' || *at == ':';
}

/* The ini_reader: gives inih the next line. Section lines are done with here, and so is what is no
 * setting; inih sees an empty line in their place, so that both count the same lines. */
static char *read_line(char *to, int size, void *stream)
{
	struct reading *reading = stream;
	size_t skip = 0;
	int error;

	if (reading->stopped)
		return NULL;
	errno = 0;
	error = line_read(reading, to, size);
	if (error != 0) {
		*to = '\0';
		return error == -ENODATA || reading->stopped ? NULL : to;
	}
	if (reading->line == 1 && strncmp(to, BYTE_ORDER_MARK, strlen(BYTE_ORDER_MARK)) == 0)
		skip = strlen(BYTE_ORDER_MARK);
	/* Without its indentation no line continues the one before it, as inih would have it. */
	skip += strspn(to + skip, SPACE);
	memmove(to, to + skip, strlen(to + skip) + 1);
	if (*to == '[')
		(void)section_line(reading, to);
	else if (*to != '\0' && *to != ';' && *to != '#' && !is_setting(to))
		fail(reading, -EINVAL, "this is neither NAME = VALUE nor a [section]");
	else
		return to;
	*to = '\0';
	return to;
}

/* The row's own limits are kept already; an empty text is as if it weren't there. */
static int value_check(const struct option_section *section, const char *name, const char *value,
		       char *ret_error, size_t error_size)
{
	const struct option_check *check = section->checks;

	while (check != NULL && check->name != NULL && strcmp(check->name, name) != 0)
		check++;
	return check == NULL || check->name == NULL || *value == '\0'
		       ? 0
		       : check->check(value, ret_error, error_size);
}

static int value_take(struct reading *reading, const char *name, const char *value)
{
	const struct option_row *row;
	unsigned *row_line;
	char error[512];

	if (reading->skip || reading->stopped)
		return 0;
	if (reading->section == NULL)
		return fail(reading, -EINVAL, "'%s' stands before any [section]", name);
	row = reading->section->rows;
	while (row->name != NULL && strcmp(row->name, name) != 0)
		row++;
	if (row->name == NULL)
		return fail(reading, -EINVAL, "there is no '%s' in section [%s]", name,
			    reading->section->name);
	if (row->place == OPTION_COMMAND_LINE)
		return fail(reading, -EINVAL, "%s: this is for the command line only", name);
	row_line = &reading->row_lines[row - reading->section->rows];
	if (*row_line != 0 && row->type != OPTION_LIST)
		return fail(reading, -EINVAL, "%s is there already, in line %u", name, *row_line);
	if (options_set_from(row, reading->fields, *row_line == 0, value, error, sizeof(error)) !=
		    0 ||
	    value_check(reading->section, name, value, error, sizeof(error)) != 0)
		return fail(reading, -EINVAL, "%s: %s", name, error);
	*row_line = reading->line;
	return 0;
}

/* The ini_handler. What is wrong was told. inih may have cut its section. */
static int take_value(void *user, const char *section, const char *name, const char *value)
{
	(void)section;
	(void)value_take(user, name, value);
	return 1;
}

int options_file_read(FILE *in, const char *path, const struct option_section *sections,
		      size_t n_sections, const char *const *others, char *ret_error,
		      size_t error_size)
{
	struct reading *reading = calloc(1, sizeof(*reading));
	int result;

	if (reading == NULL) {
		snprintf(ret_error, error_size, "%s: %s", path, strerror(ENOMEM));
		return -ENOMEM;
	}
	*reading = (struct reading){
		.in = in,
		.path = path,
		.sections = sections,
		.n_sections = n_sections,
		.others = others,
		.error = ret_error,
		.error_size = error_size,
	};
	if (ini_parse_stream(read_line, reading, take_value, reading) < 0)
		fail(reading, -ENOMEM, "%s", strerror(ENOMEM));
	result = reading->result;
	for (size_t i = 0; i < reading->n_seen; i++)
		free(reading->seen[i].name);
	free(reading);
	return result;
}

int options_file(const char *path, const struct option_section *sections, size_t n_sections,
		 const char *const *others, char *ret_error, size_t error_size)
{
	FILE *in = fopen(path, "re");
	int result;

	if (in == NULL) {
		result = -errno;
		snprintf(ret_error, error_size, "%s: %s", path, strerror(-result));
		return result;
	}
	result = options_file_read(in, path, sections, n_sections, others, ret_error, error_size);
	fclose(in);
	return result;
}

int options_all_right(const char *path)
{
	if (path != NULL)
		printf("%s: all right\n", path);
	else
		printf("%s: there is no such file, and the defaults hold\n", OPTIONS_DEFAULT_FILE);
	return fflush(stdout) == 0 ? 0 : 1;
}
