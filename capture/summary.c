/* SPDX-License-Identifier: MIT */
#include "capture/summary.h"

#include <inttypes.h>
#include <sys/resource.h>

#include "common/log.h"

void summary_add(struct summary *summary, const struct rendition *rendition)
{
	struct uplink_stats stats = rendition_stats(rendition);

	summary->sent.frames += stats.frames;
	summary->sent.bytes += stats.bytes;
	summary->sent.behind += stats.behind;
	summary->sent.away += stats.away;
	summary->sent.unwatched += stats.unwatched;
	summary->limited += rendition_limited(rendition);
}

struct progress_sample summary_sample(const struct summary *summary)
{
	return (struct progress_sample){
		.frames = summary->sent.frames,
		.bytes = summary->sent.bytes,
		.dropped = summary->sent.behind + summary->sent.away + summary->limited,
	};
}

void summary_say_rendition(const struct rendition *rendition)
{
	struct uplink_stats stats = rendition_stats(rendition);

	log_info("%s: %" PRIu64 " frames and %" PRIu64 " KB sent; dropped: %" PRIu64
		 " behind newer ones, %" PRIu64 " without a connection, %" PRIu64
		 " over the limit; not made, as nobody watched: %" PRIu64,
		 rendition_name(rendition), stats.frames, stats.bytes / 1024, stats.behind,
		 stats.away, rendition_limited(rendition), stats.unwatched);
}

void summary_say(const struct summary *summary, double seconds)
{
	const struct uplink_stats *sent = &summary->sent;

	log_info("%" PRIu64 " frames and %" PRIu64 " KB sent in %.1f s; dropped: %" PRIu64
		 " too late, %" PRIu64 " while encoding was busy, %" PRIu64
		 " behind newer ones, %" PRIu64 " without a connection, %" PRIu64
		 " damaged, %" PRIu64 " over the limit; not made, as nobody watched: %" PRIu64,
		 sent->frames, sent->bytes / 1024, seconds, summary->late, summary->busy,
		 sent->behind, sent->away, summary->damaged, summary->limited, sent->unwatched);
}

static double process_cpu_seconds(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
	       (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

void summary_say_grab(const struct stage *grab)
{
	char text[STAGE_TEXT_SIZE];

	stage_text(grab, "grab", text);
	log_info("%s, of %.2f s in all", text, process_cpu_seconds());
}

void summary_say_stages(const struct rendition *rendition)
{
	char texts[RENDITION_STAGES_TEXT_SIZE];

	rendition_stages_text(rendition, texts);
	log_info("%s: %s", rendition_name(rendition), texts);
}
