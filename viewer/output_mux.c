/* SPDX-License-Identifier: MIT */
/*
 * Video files by libavformat: the JPEG pictures as they are, with their own times. What is in the
 * file can be read whenever writing ends, however it ends:
 *
 *	.mkv	a cluster each second; the index comes at the end, and players do without it
 *	.mp4	fragments of a second (ISO/IEC 14496-12 section 8.8), so the file needs no end
 *	.mov	the same
 *	.avi	has a constant rate: frames lie on a grid of 1/120 s, with empty ones in between;
 *		players find the frames of one without an index
 *
 * So none needs room in reserve for its end. When the disk is full the file is cut behind the last
 * cluster, fragment or frame that is whole.
 */
#include "viewer/output.h"

#include <errno.h>
#include <libavformat/avformat.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/jpeg.h"
#include "common/slice.h"
#include "viewer/timeline.h"

enum { MUX_BUFFER = 64 << 10 };

#define FRAGMENTS "movflags=empty_moov+default_base_moof:frag_duration=1000000"

struct container {
	const char *ending;
	const char *format;
	const char *options; /* of libavformat */
	AVRational time_base;
	bool gathers;	 /* what it writes is what came before the present frame */
	int64_t max_gap; /* in units of time_base; a longer one is cut; 0: none is too long */
};

static const struct container containers[] = {
	{".mkv", "matroska", "cluster_time_limit=1000", {1, 1000}, true, 0},
	{".mp4", "mp4", FRAGMENTS ":video_track_timescale=90000", {1, 90000}, true, 0},
	{".mov", "mov", FRAGMENTS ":video_track_timescale=90000", {1, 90000}, true, 0},
	{".avi", "avi", "", {1, 120}, false, 60000}, /* libavformat takes no more empty frames */
};

struct mux {
	struct output output;
	const struct container *container;
	AVFormatContext *format; /* NULL before the first frame */
	AVPacket *packet;
	struct timeline timeline;
	uint64_t frames;   /* that it was given */
	int64_t before_us; /* the time of the last but one */
	int64_t last_ts;   /* in the stream's time base; -1 before the first frame */
	int64_t cut_ts;	   /* what gaps were too long */

	int fd;
	bool regular;	     /* a file that one can seek in */
	int64_t position;    /* where libavformat writes next */
	int64_t size;	     /* bytes in the file; output.kept tells which make a readable one */
	int error;	     /* the first failure of writing; nothing is written after it */
	int64_t duration_ts; /* from the last frame to this one: a guess at how long it stays */
};

/* ---- the file, for libavformat ---- */

static int mux_write(void *context, uint8_t *data, int len)
{
	struct mux *mux = context;
	int left = len;

	while (left > 0 && mux->error == 0) {
		ssize_t n = mux->regular ? pwrite(mux->fd, data, (size_t)left, mux->position)
					 : write(mux->fd, data, (size_t)left);

		if (n < 0 && errno != EINTR)
			mux->error = -errno;
		if (n < 0)
			continue;
		data += n;
		left -= (int)n;
		mux->position += n;
		if (mux->position > mux->size)
			mux->size = mux->position;
	}
	return mux->error ? mux->error : len; /* AVERROR() is -errno, too */
}

static int64_t mux_seek(void *context, int64_t offset, int whence)
{
	struct mux *mux = context;

	if (whence & AVSEEK_SIZE)
		return mux->size;
	if (whence == SEEK_CUR)
		offset += mux->position;
	if (whence == SEEK_END)
		offset += mux->size;
	mux->position = offset;
	return offset;
}

static int mux_open_file(struct mux *mux, const char *path)
{
	struct stat status;

	mux->fd = output_create(mux->output.host, path);
	if (mux->fd < 0)
		return mux->fd;
	mux->regular = fstat(mux->fd, &status) == 0 && S_ISREG(status.st_mode);
	return 0;
}

/* ---- the container ---- */

static int mux_open(const struct output_host *host, const char *path, struct output **ret_output)
{
	struct mux *mux = calloc(1, sizeof(*mux));
	int error;

	if (!mux)
		return -ENOMEM;
	mux->output = (struct output){.type = &output_mux, .host = host, .name = path};
	mux->last_ts = -1;
	for (size_t i = 0; i < sizeof(containers) / sizeof(containers[0]); i++)
		if (slice_ends(slice_from(path), containers[i].ending))
			mux->container = &containers[i];
	mux->packet = av_packet_alloc();
	error = !mux->container ? -EINVAL : !mux->packet ? -ENOMEM : mux_open_file(mux, path);
	if (error) {
		av_packet_free(&mux->packet);
		free(mux);
		return error;
	}
	av_log_set_level(AV_LOG_QUIET); /* errors come back as such */
	*ret_output = &mux->output;
	return 0;
}

static int mux_describe(struct mux *mux, const struct frame *frame)
{
	AVStream *stream = avformat_new_stream(mux->format, NULL);
	time_t captured = (time_t)(frame->header.capture_us / 1000000);
	struct jpeg_scan scan = {0};
	struct tm utc;
	char text[64];
	size_t used;

	if (!stream)
		return -ENOMEM;
	if (jpeg_scan(&scan, frame->data, frame->header.length, &used) < 0 || scan.width == 0)
		return -EBADMSG;
	stream->time_base = mux->container->time_base;
	stream->codecpar->codec_type = AVMEDIA_TYPE_VIDEO;
	stream->codecpar->codec_id = AV_CODEC_ID_MJPEG;
	stream->codecpar->width = scan.width;
	stream->codecpar->height = scan.height;
	stream->codecpar->color_range = AVCOL_RANGE_JPEG;

	av_dict_set(&mux->format->metadata, "title", mux->output.host->title, 0);
	if (gmtime_r(&captured, &utc) &&
	    strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &utc) > 0)
		av_dict_set(&mux->format->metadata, "creation_time", text, 0);
	return 0;
}

static int mux_begin(struct mux *mux, const struct frame *frame)
{
	AVDictionary *options = NULL;
	uint8_t *buffer;
	int error =
		avformat_alloc_output_context2(&mux->format, NULL, mux->container->format, NULL);

	if (error < 0)
		return error;
	buffer = av_malloc(MUX_BUFFER);
	if (!buffer)
		return -ENOMEM;
	mux->format->pb = avio_alloc_context(buffer, MUX_BUFFER, 1, mux, NULL, mux_write,
					     mux->regular ? mux_seek : NULL);
	if (!mux->format->pb) {
		av_free(buffer);
		return -ENOMEM;
	}
	error = mux_describe(mux, frame);
	if (error == 0)
		error = av_dict_parse_string(&options, mux->container->options, "=", ":", 0);
	if (error == 0)
		error = avformat_write_header(mux->format, &options);
	av_dict_free(&options);
	return error < 0 ? error : 0;
}

/* The frame's place in the file, later than the last one's. */
static int64_t mux_time(struct mux *mux, const struct frame *frame)
{
	const AVRational microseconds = {1, 1000000};
	int64_t ts = av_rescale_q(timeline_next(&mux->timeline, frame), microseconds,
				  mux->format->streams[0]->time_base) -
		     mux->cut_ts;
	int64_t max_gap = mux->container->max_gap;

	if (max_gap > 0 && ts - mux->last_ts > max_gap) {
		mux->cut_ts += ts - mux->last_ts - max_gap;
		ts = mux->last_ts + max_gap;
	}
	if (ts <= mux->last_ts)
		ts = mux->last_ts + 1;
	if (mux->last_ts >= 0)
		mux->duration_ts = ts - mux->last_ts;
	mux->last_ts = ts;
	return ts;
}

/* So many frames of those that were given are in the file now. */
static void mux_keep(struct mux *mux, uint64_t frames)
{
	mux->output.kept.frames = frames;
	mux->output.kept.us = frames == mux->frames ? mux->timeline.last_us : mux->before_us;
	mux->output.kept.bytes = (uint64_t)mux->size;
}

static int mux_append(struct mux *mux, const struct frame *frame)
{
	int error;

	if (!mux->format) {
		error = mux_begin(mux, frame);
		if (error)
			return error;
	}
	mux->before_us = mux->timeline.last_us;
	mux->packet->data = (uint8_t *)(uintptr_t)frame->data; /* isn't changed */
	mux->packet->size = (int)frame->header.length;
	mux->packet->pts = mux->packet->dts = mux_time(mux, frame);
	mux->packet->duration = mux->duration_ts;
	mux->packet->flags = frame->header.flags & WIRE_KEY ? AV_PKT_FLAG_KEY : 0;
	error = av_write_frame(mux->format, mux->packet);
	av_packet_unref(mux->packet);
	avio_flush(mux->format->pb);
	return error < 0 ? error : mux->format->pb->error;
}

/* libavformat's own codes say nothing that a person could use. */
static int mux_errno(const struct mux *mux, int error)
{
	if (mux->error)
		return mux->error;
	return error < -4095 ? -EIO : error;
}

static int mux_frame(struct output *output, const struct frame *frame)
{
	struct mux *mux = (struct mux *)output;

	mux->error = mux_errno(mux, mux_append(mux, frame));
	if (mux->error)
		return mux->error;
	mux->frames++;
	if ((uint64_t)mux->size > output->kept.bytes)
		mux_keep(mux, mux->frames - (mux->container->gathers ? 1 : 0));
	return OUTPUT_TAKEN;
}

/* What was gathered is written before the index: where there is room for the one, there needn't be
 * for the other. */
static int mux_end(struct mux *mux)
{
	int error = av_write_frame(mux->format, NULL);

	avio_flush(mux->format->pb);
	if (error >= 0 && !mux->error)
		mux_keep(mux, mux->frames);
	error = av_write_trailer(mux->format); /* it also frees what there is for writing */
	avio_flush(mux->format->pb);
	error = mux_errno(mux, error < 0 ? error : mux->format->pb->error);
	if (error == 0)
		mux_keep(mux, mux->frames);
	return error;
}

static int mux_close(struct output *output)
{
	struct mux *mux = (struct mux *)output;
	bool failed = mux->error != 0;
	int error = 0, late;

	if (mux->format && mux->frames > 0)
		error = mux_end(mux);
	late = output_save(output->host, mux->fd, output->kept.bytes);
	if (mux->format && mux->format->pb) {
		av_freep(&mux->format->pb->buffer);
		avio_context_free(&mux->format->pb);
	}
	avformat_free_context(mux->format);
	av_packet_free(&mux->packet);
	return failed ? 0 : error ? error : late; /* a failure was told */
}

const struct output_type output_mux = {
	.open = mux_open,
	.frame = mux_frame,
	.close = mux_close,
};
