/* SPDX-License-Identifier: MIT */
#include "relay/bus.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "relay/conn.h"
#include "relay/demand.h"
#include "relay/relay.h"

/* ---- news of a stream ---- */

enum { NEWS_TEXT = 200 };

struct news;

typedef void news_act(struct stream *stream, const struct news *news);

struct news {
	struct io_message message;
	struct worker *to;
	news_act *act;
	uint64_t id;
	struct tally *tally; /* a reference, with the news that it is live; else NULL */
	struct frame *frame; /* a reference; may be NULL */
	char text[];	     /* the stream's name, or why it has ended; a frame's news has none */
};

/* Who drains has no more mirrors, but those that are there end with their homes, and get until then
 * what was published. */
static void news_arrived(struct io_message *message)
{
	struct news *news = list_item(message, struct news, message);
	struct worker *worker = news->to;
	struct stream *stream = stream_find_id(worker, news->id);

	if (stream == NULL && news->tally != NULL && !worker->draining)
		stream = stream_mirror(worker, news->text, news->id, news->tally);
	if (stream != NULL)
		news->act(stream, news);
	frame_release(news->frame);
	tally_release(news->tally);
	free(news);
}

/* Without memory a worker misses a frame, which its viewers see as dropped; what it must not miss
 * is told in so few messages that their loss means the end anyhow. */
static void tell_one(const struct stream *stream, struct worker *to, news_act *act,
		     struct tally *tally, struct frame *frame, const char *text)
{
	struct news *news = malloc(sizeof(*news) + (text != NULL ? NEWS_TEXT : 0));

	if (news == NULL)
		return;
	news->message.arrived = news_arrived;
	news->to = to;
	news->act = act;
	news->id = stream->id;
	news->tally = tally != NULL ? tally_reference(tally) : NULL;
	news->frame = frame != NULL ? frame_reference(frame) : NULL;
	if (text != NULL)
		snprintf(news->text, NEWS_TEXT, "%s", text);
	io_message(stream->worker->io, to->io, &news->message);
}

static void tell(const struct stream *stream, news_act *act, struct tally *tally,
		 struct frame *frame, const char *text)
{
	struct relay *relay = stream->worker->relay;

	for (unsigned i = 0; i < relay->n_workers; i++) {
		if (i != stream->worker->index)
			tell_one(stream, &relay->workers[i], act, tally, frame, text);
	}
}

static void act_live(struct stream *stream, const struct news *news)
{
	(void)news;
	stream_set_live(stream, true);
}

static void act_frame(struct stream *stream, const struct news *news)
{
	stream_distribute(stream, frame_reference(news->frame), false);
}

static void act_frame_of_many(struct stream *stream, const struct news *news)
{
	stream_distribute(stream, frame_reference(news->frame), true);
}

static void act_wake(struct stream *stream, const struct news *news)
{
	(void)news;
	stream_wake(stream);
}

static void act_pause(struct stream *stream, const struct news *news)
{
	(void)news;
	stream_pause(stream);
}

static void act_demand(struct stream *stream, const struct news *news)
{
	(void)news;
	demand_changed(stream);
}

static void act_lost(struct stream *stream, const struct news *news)
{
	(void)news;
	stream_set_live(stream, false);
}

static void act_ended(struct stream *stream, const struct news *news)
{
	stream_end(stream, news->text, false);
}

static void act_ended_to_return(struct stream *stream, const struct news *news)
{
	stream_end(stream, news->text, true);
}

void bus_live(const struct stream *stream)
{
	tell(stream, act_live, stream->tally, NULL, stream->name);
}

void bus_frame(const struct stream *stream, struct frame *frame, bool more)
{
	tell(stream, more ? act_frame_of_many : act_frame, NULL, frame, NULL);
}

void bus_wake(const struct stream *stream)
{
	tell(stream, act_wake, NULL, NULL, NULL);
}

void bus_pause(const struct stream *stream)
{
	tell(stream, act_pause, NULL, NULL, NULL);
}

void bus_demand(const struct stream *stream)
{
	tell_one(stream, stream_home(stream->worker, slice_from(stream->name)), act_demand, NULL,
		 NULL, NULL);
}

void bus_lost(const struct stream *stream)
{
	tell(stream, act_lost, NULL, NULL, NULL);
}

void bus_ended(const struct stream *stream, const char *reason, bool returns)
{
	tell(stream, returns ? act_ended_to_return : act_ended, NULL, NULL, reason);
}

/* ---- draining ---- */

static void drain_arrived(struct io_message *message)
{
	struct worker_drain *drain = list_item(message, struct worker_drain, message);

	worker_drain(drain->to, drain->reason);
}

void bus_drain(struct worker *worker, const char *reason)
{
	struct relay *relay = worker->relay;

	if (relay->n_drains == WORKER_DRAINS)
		return;
	for (unsigned i = 0; i < relay->n_workers; i++) {
		struct worker *to = &relay->workers[i];
		struct worker_drain *drain = &to->drains[relay->n_drains];

		if (to == worker)
			continue;
		*drain = (struct worker_drain){{.arrived = drain_arrived}, to, reason};
		io_message(worker->io, to->io, &drain->message);
	}
	relay->n_drains++;
}

/* ---- handing over ---- */

struct gift {
	struct io_message message;
	struct worker *to;
	int fd;
};

static void gift_arrived(struct io_message *message)
{
	struct gift *gift = list_item(message, struct gift, message);

	if (gift->to->draining)
		io_close(gift->to->io, gift->fd);
	else
		conn_create(gift->to, gift->fd);
	free(gift);
}

void bus_give(struct worker *worker, struct worker *to, int fd)
{
	struct gift *gift = malloc(sizeof(*gift));

	if (gift == NULL) {
		io_close(worker->io, fd);
		return;
	}
	*gift = (struct gift){{.arrived = gift_arrived}, to, fd};
	io_forget(worker->io, fd);
	io_message(worker->io, to->io, &gift->message);
}

struct hand_over {
	struct io_message message;
	struct worker *to;
	int fd;
	struct peer peer;
	char *input;
	size_t input_len;
};

static void hand_over_arrived(struct io_message *message)
{
	struct hand_over *hand = list_item(message, struct hand_over, message);

	conn_adopt(hand->to, hand->fd, &hand->peer, hand->input, hand->input_len);
	free(hand);
}

void bus_hand_over(struct worker *worker, struct worker *to, int fd, const struct peer *peer,
		   char *input, size_t input_len)
{
	struct hand_over *hand = malloc(sizeof(*hand));

	if (hand == NULL) {
		free(input);
		io_close(worker->io, fd);
		relay_remove_peer(worker->relay, peer);
		return;
	}
	*hand = (struct hand_over){{.arrived = hand_over_arrived}, to, fd, *peer, input, input_len};
	io_forget(worker->io, fd);
	io_message(worker->io, to->io, &hand->message);
}

/* ---- questions ---- */

struct inquiry {
	struct io_message message;
	struct question *question;
	struct worker *to;
	json_t *answer;
};

static void inquiry_answered(struct io_message *message)
{
	struct inquiry *inquiry = list_item(message, struct inquiry, message);
	struct question *question = inquiry->question;

	json_array_append_new(question->answers, inquiry->answer);
	if (--question->waiting > 0)
		return;
	struct inquiry *inquiries = question->inquiries;
	json_t *answers = question->answers;
	question->answered(question); /* which may free it */
	free(inquiries);
	json_decref(answers);
}

static void inquiry_arrived(struct io_message *message)
{
	struct inquiry *inquiry = list_item(message, struct inquiry, message);
	struct question *question = inquiry->question;

	inquiry->answer = question->ask(inquiry->to, question->request);
	inquiry->message.arrived = inquiry_answered;
	io_message(inquiry->to->io, question->asker->io, &inquiry->message);
}

/* A worker asks itself by a message as well, so that nothing is answered inside the call. */
int bus_ask(struct worker *worker, struct question *question)
{
	struct relay *relay = worker->relay;

	question->asker = worker;
	question->answers = json_array();
	question->waiting = relay->n_workers;
	question->inquiries = calloc(relay->n_workers, sizeof(struct inquiry));
	if (question->answers == NULL || question->inquiries == NULL) {
		json_decref(question->answers);
		free(question->inquiries);
		return -ENOMEM;
	}
	for (unsigned i = 0; i < relay->n_workers; i++) {
		struct inquiry *inquiry = &question->inquiries[i];

		inquiry->message.arrived = inquiry_arrived;
		inquiry->question = question;
		inquiry->to = &relay->workers[i];
		io_message(worker->io, inquiry->to->io, &inquiry->message);
	}
	return 0;
}
