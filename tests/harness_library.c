/* SPDX-License-Identifier: MIT */
#include "tests/harness_library.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/harness_client.h"
#include "tests/harness_film.h"

char *library_folder(struct harness *h)
{
	char *folder = harness_path(h, "videos");

	assert_int_equal(mkdir(folder, 0700), 0);
	return folder;
}

void library_video(struct harness *h, const char *folder, const char *name)
{
	const char *source = "testsrc2=size=160x120:rate=10:duration=30";
	char *made = harness_path(h, "made.mkv");

	program_run(h, "ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", source, "-c:v", "mpeg4",
		    made, NULL);
	film_age(made);
	assert_int_equal(rename(made, harness_format(h, "%s/%s", folder, name)), 0);
}

struct program *library_start(struct relay *relay, const char *folder, const char *const options[])
{
	struct harness *h = relay->harness;
	const char *argv[16] = {"spillway-capture",
				"--io",
				h->io,
				"--source",
				harness_format(h, "library:%s", folder),
				relay_url(relay, "vod")};

	for (size_t i = 0; options[i] != NULL; i++)
		argv[6 + i] = options[i];
	struct program *agent = program_start_v(h, argv);
	program_wait_log(agent, "offering");
	return agent;
}

bool library_lists(const struct relay *relay, const char *text)
{
	struct client *client = client_get(relay->harness, relay->port, "/api/streams", "", 200);
	bool found = strstr(client_body(client, NULL), text) != NULL;

	client_close(client);
	return found;
}

char *library_session(const struct relay *relay, const char *target)
{
	struct client *client = client_get(relay->harness, relay->port, target, "", 307);
	char *location = client_field(client, "Location");

	client_close(client);
	return location;
}
