/* SPDX-License-Identifier: MIT */
#include "capture/screen_monitor.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <xcb/randr.h>

static struct screen_area area_of(const xcb_randr_monitor_info_t *monitor)
{
	return (struct screen_area){monitor->x, monitor->y, monitor->width, monitor->height};
}

static xcb_randr_get_monitors_reply_t *ask(struct screen *screen, int *ret_error)
{
	return screen_await(screen,
			    xcb_randr_get_monitors(screen->connection, screen->root, 1).sequence,
			    ret_error);
}

int screen_monitor_find(struct screen *screen, const char *name, struct screen_area *ret_area)
{
	int error;
	xcb_intern_atom_reply_t *atom = screen_await(
		screen,
		xcb_intern_atom(screen->connection, 1, (uint16_t)strlen(name), name).sequence,
		&error);
	xcb_randr_get_monitors_reply_t *monitors = NULL;
	bool found = false;

	if (error == 0)
		monitors = ask(screen, &error);
	if (error < 0)
		goto finish;
	for (xcb_randr_monitor_info_iterator_t i =
		     xcb_randr_get_monitors_monitors_iterator(monitors);
	     !found && i.rem; xcb_randr_monitor_info_next(&i)) {
		found = i.data->name == atom->atom;
		if (found)
			*ret_area = area_of(i.data);
	}
	if (!found) {
		snprintf(screen->error, sizeof screen->error,
			 "there is no monitor '%s'; --list names them", name);
		error = -ENOENT;
	}
finish:
	free(monitors);
	free(atom);
	return error;
}

static void list_one(struct screen *screen, const xcb_randr_monitor_info_t *monitor, FILE *out)
{
	int error;
	xcb_get_atom_name_reply_t *name = screen_await(
		screen, xcb_get_atom_name(screen->connection, monitor->name).sequence, &error);

	if (name == NULL)
		return;
	fprintf(out, "    monitor=%.*s  %ux%u at %d,%d\n", xcb_get_atom_name_name_length(name),
		xcb_get_atom_name_name(name), monitor->width, monitor->height, monitor->x,
		monitor->y);
	free(name);
}

int screen_monitor_list(struct screen *screen, FILE *out)
{
	int error;
	xcb_randr_get_monitors_reply_t *monitors;

	fprintf(out, "  x11:%s  %ux%u\n", screen->target->display, screen->area.width,
		screen->area.height);
	if (screen->monitor_event == 0)
		return 0;
	monitors = ask(screen, &error);
	if (monitors == NULL)
		return error;
	for (xcb_randr_monitor_info_iterator_t i =
		     xcb_randr_get_monitors_monitors_iterator(monitors);
	     i.rem; xcb_randr_monitor_info_next(&i))
		list_one(screen, i.data, out);
	free(monitors);
	return 0;
}
