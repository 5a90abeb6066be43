/* SPDX-License-Identifier: MIT */
#include "chat/board.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static struct board_place *place_of(const struct board *board, const char *room)
{
	struct table_link *link = table_find(&board->places, room);

	return link != NULL ? list_item(link, struct board_place, by_name) : NULL;
}

const struct board_place *board_place(const struct board *board, const char *room)
{
	return place_of(board, room);
}

void board_rename(struct board *board, const char *from, const char *to)
{
	struct board_place *place = place_of(board, from);

	if (place == NULL)
		return;
	table_remove(&board->places, &place->by_name);
	strcpy(place->room, to);
	table_add(&board->places, &place->by_name, place->room); /* there is room: one has left */
}

static struct board_place *make_place(struct board *board, const char *room)
{
	struct board_place *place = calloc(1, sizeof(*place));

	if (place == NULL)
		return NULL;
	strcpy(place->room, room);
	list_init(&place->items);
	if (table_add(&board->places, &place->by_name, place->room) == 0)
		return place;
	free(place);
	return NULL;
}

static void check_place(struct board *board, struct board_place *place)
{
	if (place->n > 0)
		return;
	table_remove(&board->places, &place->by_name);
	free(place);
}

int board_add(struct board *board, const struct announcement *announcement,
	      struct board_item **ret_item)
{
	struct board_place *place = place_of(board, announcement->room);
	struct board_item *item;

	if ((*announcement->room != '\0' && !room_name_valid(announcement->room)) ||
	    strlen(announcement->by) >= sizeof(item->by) ||
	    strlen(announcement->text) >= sizeof(item->text))
		return -EINVAL;
	if (place != NULL && place->n == BOARD_MAX)
		return -ENOSPC;
	if (board->n == ANNOUNCEMENTS_MAX)
		return -E2BIG;
	item = calloc(1, sizeof(*item));
	if (item != NULL && place == NULL)
		place = make_place(board, announcement->room);
	if (item == NULL || place == NULL) {
		free(item);
		return -ENOMEM;
	}
	item->place = place;
	item->id = announcement->id;
	item->time_ms = announcement->time_ms;
	strcpy(item->by, announcement->by);
	strcpy(item->text, announcement->text);
	list_init(&item->link);
	list_add_tail(&place->items, &item->link);
	place->n++;
	board->n++;
	*ret_item = item;
	return 0;
}

void board_remove(struct board *board, struct board_item *item)
{
	struct board_place *place = item->place;

	list_remove(&item->link);
	free(item);
	place->n--;
	board->n--;
	check_place(board, place);
}

struct board_item *board_find(const struct board *board, int64_t id)
{
	struct list *link;

	for (size_t i = 0; i < board->places.n_buckets; i++) {
		for (struct table_link *at = board->places.buckets[i]; at != NULL; at = at->next) {
			list_each (link, &list_item(at, struct board_place, by_name)->items) {
				struct board_item *item = list_item(link, struct board_item, link);

				if (item->id == id)
					return item;
			}
		}
	}
	return NULL;
}

int board_load(struct board *board, struct store *store, size_t *ret_left_out)
{
	struct store_read *read = calloc(1, sizeof(*read));
	struct announcement announcement;
	struct board_item *item;
	int error;

	*ret_left_out = 0;
	if (read == NULL)
		return -ENOMEM;
	error = announcements_list(store, read, "", NULL);
	for (size_t i = 0; i < read->rows.n && error == 0; i++) {
		announcement_at(&read->rows, i, &announcement);
		error = board_add(board, &announcement, &item);
		if (error < 0 && error != -ENOMEM) {
			(*ret_left_out)++;
			error = 0;
		}
	}
	rows_finish(&read->rows);
	free(read);
	return error;
}

void board_finish(struct board *board)
{
	for (size_t i = 0; i < board->places.n_buckets; i++) {
		while (board->places.buckets[i] != NULL) {
			struct board_place *place =
				list_item(board->places.buckets[i], struct board_place, by_name);
			struct list *link, *after;

			list_each_safe (link, after, &place->items)
				free(list_item(link, struct board_item, link));
			table_remove(&board->places, &place->by_name);
			free(place);
		}
	}
	table_finish(&board->places);
}
