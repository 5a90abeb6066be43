/* SPDX-License-Identifier: MIT */
/*
 * `file:PATH`, a video file: anything that FFmpeg's libraries read.
 *
 * A picture's time is the file's own, from the first picture on; with a rate of the user's the time
 * goes in even steps, and each step shows the newest picture of the file (which may come twice, or
 * not at all). So `ahead` is always the picture after `shown`.
 */
#include "capture/source.h"

#include <errno.h>
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/display.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "capture/loan.h"

enum {
	FILE_USUAL_INTERVAL_US = 40000, /* between pictures when the file doesn't say */
	FILE_MAX_GAP_US = 10000000, /* a longer one, in a format whose times may leap, is a leap */
	FILE_MAX_BROKEN_PACKETS = 10000, /* in a row, then the rest is taken as lost */
	FILE_SHORT_PART = 10, /* what ends early by more than this part of it was cut off */
};

struct clip {
	struct source source;
	const char *path; /* within `url` */
	char *url;
	AVFormatContext *format;
	AVCodecContext *codec;
	AVStream *stream;
	AVPacket *packet;
	AVFrame *shown, *ahead;
	struct lent {
		struct loan loan; /* first: what is lent is found by it */
		AVFrame *frame;
	} lent[LOANS];
	unsigned rotation;
	struct rate rate; /* 0: the file's own times */
	uint64_t step;	  /* of the rate, the next one */
	bool loop;

	/* Times are the source's: microseconds, going on rising when the file begins again. */
	int64_t shown_us, ahead_us; /* of the pictures; ahead_us is also the end, once there */
	int64_t pts_us;		    /* what source_next() has told */
	int64_t first_us;	    /* the file's time that stands for the start of this round */
	int64_t round_us;	    /* the source's time at the start of this round, … */
	int64_t shown_round_us;	    /* … and of that of the picture that is shown, … */
	int64_t ahead_round_us;	    /* … or is ahead */
	int64_t interval_us;	    /* how long the last decoded picture lasts */
	int64_t longest_us;	    /* that any picture lasted so far */
	int64_t last_us;	    /* of the last decoded picture */
	uint64_t decoded;	    /* pictures in this round */
	bool ended;		    /* there is no picture ahead, and none will come */
	int error;		    /* why it ended, when it wasn't at the end */
	bool draining;
	bool cut_packet; /* the last one of the video wasn't whole */
};

static int fail(char error[SOURCE_ERROR_SIZE], int code, const char *path, const char *what)
{
	char why[AV_ERROR_MAX_STRING_SIZE] = "";

	if (what == NULL) {
		av_strerror(code, why, sizeof why);
		what = why;
	}
	snprintf(error, SOURCE_ERROR_SIZE, "%.300s: %.180s", path, what);
	/* FFmpeg's own codes are large negative numbers, the others are -errno. */
	return code < -4095 ? -EBADMSG : code;
}

/* ---- opening ---- */

static int check_file(const char *path, char ret_error[SOURCE_ERROR_SIZE])
{
	struct stat status;

	if (*path == '\0')
		return fail(ret_error, -EINVAL, "file", "a path must follow 'file:'");
	if (stat(path, &status) < 0)
		return fail(ret_error, -errno, path, NULL);
	if (S_ISDIR(status.st_mode))
		return fail(ret_error, -EISDIR, path, "is a folder, not a video file");
	if (!S_ISREG(status.st_mode))
		return fail(ret_error, -EBADMSG, path, "isn't a regular file");
	if (status.st_size == 0)
		return fail(ret_error, -EBADMSG, path, "the file is empty");
	return 0;
}

/* A playlist must not make us open other addresses, so only plain files are allowed. */
static int open_format(struct clip *clip, char ret_error[SOURCE_ERROR_SIZE])
{
	AVDictionary *options = NULL;

	av_dict_set(&options, "protocol_whitelist", "file", 0);

	int code = avformat_open_input(&clip->format, clip->url, NULL, &options);

	av_dict_free(&options);
	if (code == AVERROR_INVALIDDATA)
		return fail(ret_error, code, clip->path,
			    "isn't a video, or was cut off before the part that describes it");
	if (code < 0)
		return fail(ret_error, code, clip->path, NULL);
	code = avformat_find_stream_info(clip->format, NULL);
	if (code < 0)
		return fail(ret_error, code, clip->path, NULL);
	return 0;
}

static unsigned rotation_of(AVStream *stream)
{
	const uint8_t *matrix = av_stream_get_side_data(stream, AV_PKT_DATA_DISPLAYMATRIX, NULL);

	if (matrix == NULL)
		return 0;

	/* The library's angle is counter-clockwise. */
	double angle = -av_display_rotation_get((const int32_t *)(const void *)matrix);

	if (isnan(angle))
		return 0;
	return (unsigned)(lround(angle / 90) + 4) % 4 * 90;
}

static int open_codec(struct clip *clip, char ret_error[SOURCE_ERROR_SIZE])
{
	const AVCodec *codec = NULL;
	int index = av_find_best_stream(clip->format, AVMEDIA_TYPE_VIDEO, -1, -1, &codec, 0);

	if (index == AVERROR_DECODER_NOT_FOUND)
		return fail(ret_error, -ENOSYS, clip->path, "there is no decoder for its video");
	if (index < 0)
		return fail(ret_error, -EBADMSG, clip->path, "there is no video in it");
	clip->stream = clip->format->streams[index];
	if ((clip->stream->disposition & AV_DISPOSITION_ATTACHED_PIC) != 0)
		return fail(ret_error, -EBADMSG, clip->path, "there is no video in it but a cover");
	for (unsigned i = 0; i < clip->format->nb_streams; i++)
		if (i != (unsigned)index)
			clip->format->streams[i]->discard = AVDISCARD_ALL;

	clip->codec = avcodec_alloc_context3(codec);
	if (clip->codec == NULL)
		return fail(ret_error, -ENOMEM, clip->path, NULL);
	clip->codec->thread_count = 0; /* as many as there are processors */
	clip->codec->pkt_timebase = clip->stream->time_base;

	int code = avcodec_parameters_to_context(clip->codec, clip->stream->codecpar);

	if (code >= 0)
		code = avcodec_open2(clip->codec, codec, NULL);
	if (code < 0)
		return fail(ret_error, code, clip->path, NULL);
	clip->rotation = rotation_of(clip->stream);
	return 0;
}

/* ---- decoding ---- */

static int64_t file_time_us(const struct clip *clip, int64_t time)
{
	return av_rescale_q(time, clip->stream->time_base, (AVRational){1, 1000000});
}

static int64_t usual_interval_us(const struct clip *clip)
{
	AVRational rate = clip->stream->avg_frame_rate;

	if (rate.num <= 0 || rate.den <= 0)
		return FILE_USUAL_INTERVAL_US;
	return av_rescale(1000000, rate.den, rate.num);
}

/* Gives the decoder the next packet of the video, or tells it that there are no more. */
static int feed_decoder(struct clip *clip)
{
	AVPacket *packet = clip->packet;
	int code = av_read_frame(clip->format, packet);

	if (code < 0) {
		clip->draining = true;
		if (code != AVERROR_EOF)
			clip->error = code;
		return avcodec_send_packet(clip->codec, NULL);
	}
	if (packet->stream_index == clip->stream->index) {
		clip->cut_packet = (packet->flags & AV_PKT_FLAG_CORRUPT) != 0;
		code = avcodec_send_packet(clip->codec, packet);
	}
	av_packet_unref(packet);
	return code;
}

/* Decodes the next picture; what can't be decoded is skipped. AVERROR_EOF at the end of the
 * file. */
static int decode(struct clip *clip, AVFrame *picture)
{
	int code = 0;

	for (int broken = 0; broken < FILE_MAX_BROKEN_PACKETS && code != AVERROR(ENOMEM);) {
		code = avcodec_receive_frame(clip->codec, picture);
		if (code >= 0 || code == AVERROR_EOF)
			return code;
		if (code == AVERROR(EAGAIN))
			code = feed_decoder(clip);
		if (code < 0)
			broken++;
	}
	return code;
}

/* The source's time of a picture that was just decoded. */
static int64_t place_in_time(struct clip *clip, const AVFrame *picture)
{
	int64_t file_us = clip->first_us;
	int64_t expected_us = clip->round_us;
	bool may_leap = (clip->format->iformat->flags & AVFMT_TS_DISCONT) != 0;

	if (picture->best_effort_timestamp != AV_NOPTS_VALUE)
		file_us = file_time_us(clip, picture->best_effort_timestamp);
	if (clip->decoded == 0)
		clip->first_us = file_us;
	else
		expected_us = clip->last_us + clip->interval_us;

	int64_t time_us = clip->round_us + file_us - clip->first_us;

	if (picture->best_effort_timestamp == AV_NOPTS_VALUE)
		time_us = expected_us;
	if (may_leap &&
	    (time_us > expected_us + FILE_MAX_GAP_US || time_us < expected_us - FILE_MAX_GAP_US)) {
		clip->first_us += time_us - expected_us;
		time_us = expected_us;
	}
	if (clip->decoded > 0 && time_us <= clip->last_us)
		time_us = clip->last_us + 1;
	return time_us;
}

static int rewind_clip(struct clip *clip)
{
	int64_t start = clip->format->start_time;
	int code = avformat_seek_file(clip->format, -1, INT64_MIN,
				      start == AV_NOPTS_VALUE ? 0 : start, INT64_MAX, 0);

	if (code < 0)
		code = avformat_seek_file(clip->format, -1, 0, 0, 0, AVSEEK_FLAG_BYTE);
	if (code < 0)
		return code;
	avcodec_flush_buffers(clip->codec);
	clip->draining = false;
	clip->error = 0;
	clip->round_us = clip->last_us + clip->interval_us;
	clip->decoded = 0;
	return 0;
}

/*
 * Whether the file stops before its video does. FFmpeg's libraries take that for an ordinary end,
 * so it is told by a last packet that isn't whole, or by a duration that isn't reached; the last
 * picture may stay for as long as the others do.
 */
static bool is_cut_off(const struct clip *clip)
{
	int64_t duration_us = AV_NOPTS_VALUE;
	int64_t missing_us;

	if (clip->stream->duration != AV_NOPTS_VALUE)
		duration_us = file_time_us(clip, clip->stream->duration);
	else if (clip->format->nb_streams == 1)
		duration_us = clip->format->duration; /* AV_TIME_BASE is microseconds */
	if (clip->format->duration_estimation_method == AVFMT_DURATION_FROM_BITRATE ||
	    duration_us == AV_NOPTS_VALUE)
		return clip->cut_packet;
	missing_us = duration_us - (clip->last_us + clip->interval_us - clip->round_us);
	return clip->cut_packet ||
	       (missing_us > duration_us / FILE_SHORT_PART && missing_us > 2 * clip->longest_us);
}

static void end_clip(struct clip *clip, int code)
{
	clip->ended = true;
	if (clip->error == 0 && code != AVERROR_EOF)
		clip->error = code;
	clip->ahead_us = clip->last_us + clip->interval_us;
	if (clip->error == 0 && clip->decoded == 0)
		fail(clip->source.error, clip->error = -EBADMSG, clip->path,
		     "no picture in it can be decoded");
	else if (clip->error == 0 && is_cut_off(clip))
		fail(clip->source.error, clip->error = -EBADMSG, clip->path,
		     "the file ends before its video does; it was cut off");
	else if (clip->error != 0)
		clip->error = fail(clip->source.error, clip->error, clip->path, NULL);
}

/* Decodes the picture after the present one into `ahead`. */
static void look_ahead(struct clip *clip)
{
	int code = decode(clip, clip->ahead);

	if (code == AVERROR_EOF && clip->loop && clip->decoded > 0) {
		code = rewind_clip(clip);
		if (code >= 0)
			code = decode(clip, clip->ahead);
	}
	if (code < 0) {
		end_clip(clip, code);
		return;
	}
	clip->ahead_us = place_in_time(clip, clip->ahead);
	clip->ahead_round_us = clip->round_us;
	if (clip->ahead_us - clip->last_us > clip->longest_us)
		clip->longest_us = clip->ahead_us - clip->last_us;
	clip->last_us = clip->ahead_us;
	clip->interval_us = file_time_us(clip, clip->ahead->pkt_duration);
	if (clip->interval_us <= 0)
		clip->interval_us = usual_interval_us(clip);
	clip->decoded++;
}

static void go_on(struct clip *clip)
{
	av_frame_unref(clip->shown);
	av_frame_move_ref(clip->shown, clip->ahead);
	clip->shown_us = clip->ahead_us;
	clip->shown_round_us = clip->ahead_round_us;
	look_ahead(clip);
}

static int finished(const struct clip *clip)
{
	return clip->error < 0 ? clip->error : 0;
}

static int file_next(struct source *source, int64_t *ret_pts_us)
{
	struct clip *clip = (struct clip *)source;

	if (clip->rate.frames == 0) {
		if (clip->ended)
			return finished(clip);
		go_on(clip);
		clip->pts_us = clip->shown_us;
	} else {
		clip->pts_us = rate_time_us(clip->rate, clip->step++);
		while (!clip->ended && clip->ahead_us <= clip->pts_us)
			go_on(clip);
		if (clip->ended && clip->ahead_us <= clip->pts_us)
			return finished(clip);
	}
	*ret_pts_us = clip->pts_us;
	return 1;
}

/* ---- pictures ---- */

/* Formats that say by their name that they are full range. */
static const struct {
	enum AVPixelFormat from, to;
} full_formats[] = {
	{AV_PIX_FMT_YUVJ420P, AV_PIX_FMT_YUV420P}, {AV_PIX_FMT_YUVJ422P, AV_PIX_FMT_YUV422P},
	{AV_PIX_FMT_YUVJ444P, AV_PIX_FMT_YUV444P}, {AV_PIX_FMT_YUVJ440P, AV_PIX_FMT_YUV440P},
	{AV_PIX_FMT_YUVJ411P, AV_PIX_FMT_YUV411P},
};

static void take_back(struct loan *loan)
{
	av_frame_unref(((struct lent *)loan)->frame);
}

/* Another reference to what was decoded; the decoder leaves it alone as long. */
static int lend(struct clip *clip, struct loan **ret_loan)
{
	for (size_t i = 0; i < LOANS; i++) {
		struct lent *lent = &clip->lent[i];

		if (lent->loan.users > 0)
			continue;
		if (lent->frame == NULL)
			lent->frame = av_frame_alloc();
		if (lent->frame == NULL || av_frame_ref(lent->frame, clip->shown) < 0)
			return fail(clip->source.error, -ENOMEM, clip->path, NULL);
		lent->loan.over = take_back;
		loan_begin(&lent->loan);
		*ret_loan = &lent->loan;
		return 0;
	}
	return -EBUSY;
}

static int file_picture(struct source *source, int64_t unix_us, struct picture *ret_picture)
{
	struct clip *clip = (struct clip *)source;
	const AVFrame *shown = clip->shown;
	struct loan *loan = NULL;
	int error = lend(clip, &loan);

	if (error < 0)
		return error;
	*ret_picture = (struct picture){
		.loan = loan,
		.width = (unsigned)shown->width,
		.height = (unsigned)shown->height,
		.format = (enum AVPixelFormat)shown->format,
		.space = shown->colorspace,
		.full_range = shown->color_range == AVCOL_RANGE_JPEG,
		.aspect = av_guess_sample_aspect_ratio(clip->format, clip->stream, clip->shown),
		.rotation = clip->rotation,
		.pts_us = clip->pts_us,
		.capture_us = unix_us,
		.position_us = clip->pts_us - clip->shown_round_us,
	};
	for (size_t i = 0; i < PICTURE_PLANES; i++) {
		ret_picture->planes[i] = shown->data[i];
		ret_picture->strides[i] = shown->linesize[i];
	}
	for (size_t i = 0; i < sizeof full_formats / sizeof full_formats[0]; i++)
		if (full_formats[i].from == ret_picture->format) {
			ret_picture->format = full_formats[i].to;
			ret_picture->full_range = true;
		}
	return 0;
}

static struct picture shape_of(const struct clip *clip)
{
	return (struct picture){
		.width = (unsigned)clip->ahead->width,
		.height = (unsigned)clip->ahead->height,
		.aspect = av_guess_sample_aspect_ratio(clip->format, clip->stream, clip->ahead),
		.rotation = clip->rotation,
	};
}

/* What is guessed from bits a second is no duration. */
static int64_t duration_of(const struct clip *clip)
{
	const AVFormatContext *format = clip->format;

	if (format->duration_estimation_method == AVFMT_DURATION_FROM_BITRATE)
		return 0;
	if (clip->stream->duration > 0) /* AV_NOPTS_VALUE is less */
		return file_time_us(clip, clip->stream->duration);
	return format->duration > 0 ? format->duration : 0;
}

static void file_close(struct source *source)
{
	struct clip *clip = (struct clip *)source;

	for (size_t i = 0; i < LOANS; i++)
		av_frame_free(&clip->lent[i].frame);
	av_frame_free(&clip->shown);
	av_frame_free(&clip->ahead);
	av_packet_free(&clip->packet);
	avcodec_free_context(&clip->codec);
	avformat_close_input(&clip->format);
	free(clip->url);
	free(clip);
}

static int file_open(struct source **ret_source, const char *argument,
		     const struct source_wish *wish, char ret_error[SOURCE_ERROR_SIZE])
{
	static const char scheme[] = "file:";
	int error = check_file(argument, ret_error);

	if (error < 0)
		return error;
	av_log_set_level(AV_LOG_QUIET); /* what goes wrong is told once, by us */

	struct clip *clip = calloc(1, sizeof *clip);

	if (clip == NULL || asprintf(&clip->url, "%s%s", scheme, argument) < 0) {
		free(clip);
		return fail(ret_error, -ENOMEM, argument, NULL);
	}
	clip->path = clip->url + sizeof scheme - 1;
	clip->rate = wish->rate;
	clip->loop = wish->loop;
	clip->packet = av_packet_alloc();
	clip->shown = av_frame_alloc();
	clip->ahead = av_frame_alloc();
	if (clip->packet == NULL || clip->shown == NULL || clip->ahead == NULL)
		error = fail(ret_error, -ENOMEM, argument, NULL);
	else if ((error = open_format(clip, ret_error)) == 0 &&
		 (error = open_codec(clip, ret_error)) == 0) {
		look_ahead(clip);
		if (clip->ended && (error = finished(clip)) < 0)
			snprintf(ret_error, SOURCE_ERROR_SIZE, "%s", clip->source.error);
		clip->source.shape = shape_of(clip);
		clip->source.duration_us = duration_of(clip);
	}
	if (error < 0) {
		file_close(&clip->source);
		return error;
	}
	*ret_source = &clip->source;
	return 0;
}

const struct source_type source_file = {
	.prefix = "file",
	.argument = "PATH",
	.open = file_open,
	.next = file_next,
	.picture = file_picture,
	.close = file_close,
};
