/* SPDX-License-Identifier: MIT */
/* What watches a relay: /healthz, promtool, the dashboard for Grafana. */
#include <ctype.h>
#include <dirent.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/harness_client.h"
#include "tests/harness_picture.h"

/* ---- a worker that is stuck ---- */

/* A thread of the relay that isn't its first. */
static pid_t other_thread(struct relay *relay)
{
	DIR *folder = opendir(harness_format(relay->harness, "/proc/%d/task", relay->program->pid));
	struct dirent *entry;
	pid_t found = 0;

	assert_non_null(folder);
	while ((entry = readdir(folder)) != NULL) {
		pid_t thread = (pid_t)atoi(entry->d_name);
		char *comm = harness_read(relay->harness,
					  harness_format(relay->harness, "/proc/%d/task/%s/comm",
							 relay->program->pid, entry->d_name),
					  NULL);

		/* The kernel has threads of its own there: iou-wrk-… */
		if (thread > 0 && thread != relay->program->pid && strncmp(comm, "iou-", 4) != 0)
			found = thread;
	}
	closedir(folder);
	assert_true(found > 0);
	return found;
}

/* Stops it alone, as a loop that is stuck would be. False where the kernel doesn't let us. */
static bool stop_thread(pid_t thread)
{
	int status;

	return ptrace(PTRACE_SEIZE, thread, NULL, NULL) == 0 &&
	       ptrace(PTRACE_INTERRUPT, thread, NULL, NULL) == 0 &&
	       waitpid(thread, &status, __WALL) == thread;
}

/* The answer of a worker that still comes round: another may have taken the connection. */
static int health(struct relay *relay, char **ret_body)
{
	struct client *client = client_connect(relay->harness, relay->port);
	int status = 0;

	client_request(client, "GET", "/healthz", "");
	if (client_readable(client, 1000)) {
		status = client_head(client);
		*ret_body = client_body(client, NULL);
	}
	client_close(client);
	return status;
}

static void test_health_fails_while_a_worker_is_stuck(struct harness *h)
{
	struct relay *relay = relay_start(h, "--workers", "2", NULL);
	char *body = harness_format(h, "%s", "");

	assert_int_equal(health(relay, &body), 200);
	pid_t thread = other_thread(relay);
	if (!stop_thread(thread))
		harness_skip(h, "threads can't be stopped here");
	wait_for(health(relay, &body) == 503);
	if (strncmp(body, "Worker 1 has not come round for ", 32) != 0)
		harness_fail("%s", body);
	assert_int_equal(ptrace(PTRACE_DETACH, thread, NULL, NULL), 0);
	wait_for(health(relay, &body) == 200);
	relay_stop(relay);
}

/* ---- metrics ---- */

/* With all that there can be: a stream, and a viewer of it. */
static char *busy_metrics(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);
	struct picture picture = picture_make(h, 1);
	struct client *publisher = client_publish(h, relay->port, "/cam");
	const char *data;

	client_frame(publisher, picture.data, picture.len, 0);
	client_next_frame(client_watch(h, relay->port, "/cam"), &data);
	return client_body(client_get(h, relay->port, "/metrics", "", 200), NULL);
}

static bool have_promtool(void)
{
	return system("command -v promtool >/dev/null 2>&1") == 0;
}

static void test_promtool_finds_nothing_to_complain_about(struct harness *h)
{
	char *text = busy_metrics(h);

	if (!have_promtool())
		harness_skip(h, "promtool isn't here (Debian's package prometheus)");
	char *path = harness_write(h, "metrics", text, strlen(text));
	struct program *promtool = program_run(
		h, "sh", "-c", harness_format(h, "promtool check metrics <%s", path), NULL);
	assert_string_equal(program_log(promtool), "");
}

/* ---- the dashboard ---- */

static json_t *load_dashboard(void)
{
	json_error_t error;
	json_t *dashboard = json_load_file("doc/grafana.json", 0, &error);

	if (dashboard == NULL)
		harness_fail("doc/grafana.json:%d: %s", error.line, error.text);
	return dashboard;
}

/* Calls back with each expression of the dashboard; returns how many there are. */
static size_t each_expression(const json_t *dashboard,
			      void (*take)(void *context, const char *text), void *context)
{
	const json_t *panels = json_object_get(dashboard, "panels"), *panel, *target;
	size_t i, j, n = 0;

	json_array_foreach (panels, i, panel) {
		json_array_foreach (json_object_get(panel, "targets"), j, target) {
			take(context, json_string_value(json_object_get(target, "expr")));
			n++;
		}
	}
	return n;
}

/* Each name in it that begins as ours must be a sample's. */
static void expect_known(void *context, const char *expression)
{
	const char *metrics = context;
	static const char *const prefixes[] = {"spillway_", "process_"};

	for (const char *at = expression; *at != '\0'; at++) {
		size_t len = strspn(at, "abcdefghijklmnopqrstuvwxyz_");
		char sample[2][128];
		bool ours = false;

		for (size_t i = 0; i < 2; i++)
			ours |= strncmp(at, prefixes[i], strlen(prefixes[i])) == 0;
		if (!ours)
			continue;
		assert_true(len < 100);
		snprintf(sample[0], sizeof(sample[0]), "\n%.*s{", (int)len, at);
		snprintf(sample[1], sizeof(sample[1]), "\n%.*s ", (int)len, at);
		if (strstr(metrics, sample[0]) == NULL && strstr(metrics, sample[1]) == NULL)
			harness_fail("%s: /metrics has no %.*s", expression, (int)len, at);
		at += len - 1;
	}
}

static void test_the_dashboard_shows_what_there_is(struct harness *h)
{
	json_t *dashboard = load_dashboard();
	char *metrics = busy_metrics(h);

	assert_true(each_expression(dashboard, expect_known, metrics) >= 18);
	json_decref(dashboard);
}

/* "rate(x[$__rate_interval])", as Grafana would send it, in the place of a rule's. */
static void write_rule(void *context, const char *expression)
{
	FILE *out = context;

	fputs("  - record: a:b\n    labels: {n: \"", out);
	fprintf(out, "%ld\"}\n    expr: ", ftell(out));
	for (const char *at = expression; *at != '\0'; at++) {
		if (*at != '$') {
			fputc(*at, out);
			continue;
		}
		fputs(strncmp(at, "$__rate_interval", 16) == 0 ? "1m" : "x", out);
		while (at[1] == '_' || islower((unsigned char)at[1]))
			at++;
	}
	fputc('\n', out);
}

static void test_the_dashboards_expressions_are_promtools(struct harness *h)
{
	if (!have_promtool())
		harness_skip(h, "promtool isn't here (Debian's package prometheus)");

	char *path = harness_path(h, "rules.yml");
	json_t *dashboard = load_dashboard();
	FILE *out = fopen(path, "w");

	assert_non_null(out);
	fputs("groups:\n- name: dashboard\n  rules:\n", out);
	each_expression(dashboard, write_rule, out);
	fclose(out);
	json_decref(dashboard);
	program_run(h, "promtool", "check", "rules", path, NULL);
}

int main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
		HARNESS_TEST(test_health_fails_while_a_worker_is_stuck),
		HARNESS_TEST_ON(test_promtool_finds_nothing_to_complain_about, "epoll"),
		HARNESS_TEST_ON(test_the_dashboard_shows_what_there_is, "epoll"),
		HARNESS_TEST_ON(test_the_dashboards_expressions_are_promtools, "epoll"),
	};

	return harness_main(tests, sizeof(tests) / sizeof(*tests), argc, argv);
}
